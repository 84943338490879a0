// SPDX-License-Identifier: Apache-2.0
#include "components/buffer/buffer.h"

#include <algorithm>
#include <cstring>

namespace systerm {

using sc_core::sc_time;
using sc_core::sc_time_stamp;

Buffer::Buffer(const sc_core::sc_module_name& name, const Clock& clock, const BufferConfig& config,
               Fidelity fidelity)
    : HardwareUnit(name, clock),
      config_(config),
      fidelity_(fidelity),
      contents_(static_cast<std::size_t>(config.slots)),
      completed_at_(static_cast<std::size_t>(config.slots)),
      begun_at_(static_cast<std::size_t>(config.slots)) {
  if (fidelity == Fidelity::kData) {
    for (auto& slot : contents_) slot.resize(static_cast<std::size_t>(slot_bytes(config)));
  }
  statistics_.add("blocks", "", "blocks filled", blocks_);
  statistics_.add("bytes_read", "byte", "bytes delivered by the read port", bytes_read_);
  statistics_.add("bytes_written", "byte", "bytes taken by the write port", bytes_written_);
}

std::string Buffer::waiting_for() const {
  if (readers_waiting_ > 0) return "a block to be filled";
  if (writers_waiting_ > 0) return "a slot to be released";
  return {};
}

void Buffer::begin_filling(std::uint64_t sequence) {
  if (sequence < begun_) return;
  begun_ = sequence + 1;
  begun_at_[slot(sequence)] = sc_time_stamp();
}

void Buffer::slot_held(std::string_view activity, std::uint64_t sequence, const sc_time& since) {
  worked({.activity = activity,
          .begin = since,
          .end = sc_time_stamp(),
          .part = "slot",
          .part_number = static_cast<std::int64_t>(slot(sequence)),
          .item = "block",
          .number = static_cast<std::int64_t>(sequence)});
}

sc_time Buffer::occupy(sc_time& port_free, std::uint64_t bytes) const {
  const auto width = static_cast<std::uint64_t>(config_.banks) *
                     static_cast<std::uint64_t>(config_.bank_width_bytes);
  const sc_time start = std::max(sc_time_stamp(), port_free);
  port_free = start + clock().time(static_cast<std::int64_t>((bytes + width - 1) / width));
  return port_free + clock().time(config_.latency_cycles) - sc_time_stamp();
}

void Buffer::write(tlm::tlm_generic_payload& payload, sc_time& delay) {
  const auto* block = payload.get_extension<BlockExtension>();
  const std::uint64_t end = payload.get_address() + payload.get_data_length();
  if (block == nullptr || end > static_cast<std::uint64_t>(slot_bytes(config_))) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
  delay = sc_core::SC_ZERO_TIME;
  if (block->action == BlockExtension::Action::kComplete) {
    begin_filling(block->sequence);
    slot_held("fill", block->sequence, begun_at_[slot(block->sequence)]);
    completed_ = block->sequence + 1;
    completed_at_[slot(block->sequence)] = sc_time_stamp();
    ++blocks_;
    block_completed_.notify();
  } else {
    ++writers_waiting_;
    while (block->sequence >= released_ + static_cast<std::uint64_t>(config_.slots)) {
      sc_core::wait(block_released_);
    }
    --writers_waiting_;
    begin_filling(block->sequence);
    delay =
        occupy(config_.ports == 1 ? read_port_free_ : write_port_free_, payload.get_data_length());
    bytes_written_ += payload.get_data_length();
    if (fidelity_ == Fidelity::kData) {
      std::memcpy(contents_[slot(block->sequence)].data() + payload.get_address(),
                  payload.get_data_ptr(), payload.get_data_length());
    }
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void Buffer::read(tlm::tlm_generic_payload& payload, sc_time& delay) {
  auto* block = payload.get_extension<BlockExtension>();
  const std::uint64_t end = payload.get_address() + payload.get_data_length();
  if (block == nullptr ||
      (block->pattern == nullptr && end > static_cast<std::uint64_t>(slot_bytes(config_)))) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
  delay = sc_core::SC_ZERO_TIME;
  if (block->action == BlockExtension::Action::kRelease) {
    slot_held("hold", block->sequence, completed_at_[slot(block->sequence)]);
    released_ = block->sequence + 1;
    block_released_.notify();
  } else {
    ++readers_waiting_;
    while (completed_ <= block->sequence) sc_core::wait(block_completed_);
    --readers_waiting_;
    block->completed_at = completed_at_[slot(block->sequence)];
    delay = occupy(read_port_free_, payload.get_data_length());
    bytes_read_ += payload.get_data_length();
    if (fidelity_ == Fidelity::kData) {
      const auto& contents = contents_[slot(block->sequence)];
      if (block->pattern != nullptr) {
        block->pattern->gather(contents, {payload.get_data_ptr(), payload.get_data_length()});
      } else {
        std::memcpy(payload.get_data_ptr(), contents.data() + payload.get_address(),
                    payload.get_data_length());
      }
    }
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace systerm
