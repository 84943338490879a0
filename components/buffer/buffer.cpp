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
      banks_({config.banks, config.bank_width_bytes, config.interleave()}),
      memory_(make_buffer_memory(config, clock.frequency_hz())),
      contents_(static_cast<std::size_t>(config.slots)),
      completed_at_(static_cast<std::size_t>(config.slots)),
      filled_(static_cast<std::size_t>(config.slots)),
      begun_at_(static_cast<std::size_t>(config.slots)) {
  if (fidelity == Fidelity::kData) {
    for (auto& slot : contents_) slot.resize(static_cast<std::size_t>(slot_bytes(config)));
  }
  statistics_.add("blocks", "", "blocks filled", blocks_);
  statistics_.add("bytes_read", "byte", "bytes delivered by the read port", bytes_read_);
  statistics_.add("bytes_written", "byte", "bytes taken by the write port", bytes_written_);
  statistics_.add_event("words_read", "", "words read from banks", words_read_);
  statistics_.add_event("words_written", "", "words written to banks", words_written_);
  statistics_.add("read_conflict_cycles", "cycle", "cycles that bank conflicts cost reads",
                  read_conflict_cycles_);
  statistics_.add("write_conflict_cycles", "cycle", "cycles that bank conflicts cost writes",
                  write_conflict_cycles_);
  statistics_.add("port_wait_cycles", "cycle", "cycles that accesses waited for a port, summed",
                  port_wait_cycles_);
  memory_->register_statistics(statistics_);
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

std::vector<Flow> Buffer::flows() const {
  return {{"bytes of blocks", bytes_written_, bytes_released_}};
}

void Buffer::settle() {
  HardwareUnit::settle();
  memory_->settle(clock().now());
}

bool Buffer::goes_first(Port port) const {
  switch (config_.arbitration) {
    case PortArbitration::kRoundRobin:
      return last_served_ != port;
    case PortArbitration::kReadFirst:
      return port == Port::kRead;
    case PortArbitration::kWriteFirst:
      return port == Port::kWrite;
  }
  return true;
}

void Buffer::wait_for_shared_port(Port port) {
  const auto self = static_cast<std::size_t>(port);
  ++contenders_[self];
  for (;;) {
    if (port_free_[0] > sc_time_stamp()) {
      sc_core::wait(port_free_[0] - sc_time_stamp());
    } else if (contenders_[1 - self] > 0 && !goes_first(port)) {
      sc_core::wait(port_granted_);
    } else {
      break;
    }
  }
  --contenders_[self];
  last_served_ = port;
  port_granted_.notify();
}

Buffer::Occupation Buffer::occupy(Port port, const BankCycles& cycles) {
  const sc_time asked_at = sc_time_stamp();
  if (config_.ports == 1) wait_for_shared_port(port);
  sc_time& port_free = port_free_[config_.ports == 1 ? 0 : static_cast<std::size_t>(port)];
  const sc_time start = std::max(sc_time_stamp(), port_free);
  port_wait_cycles_ += clock().cycles(start - asked_at);
  const std::int64_t start_cycle = clock().cycles(start);
  const std::int64_t end_cycle = memory_->end_of_access(start_cycle, cycles.busy);
  port_free = start + clock().time(end_cycle - start_cycle);
  return {end_cycle - start_cycle,
          port_free + clock().time(config_.latency_cycles) - sc_time_stamp()};
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
    complete(*block);
  } else {
    fill(payload, *block, delay);
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void Buffer::complete(const BlockExtension& block) {
  begin_filling(block.sequence);
  slot_held("fill", block.sequence, begun_at_[slot(block.sequence)]);
  completed_ = block.sequence + 1;
  completed_at_[slot(block.sequence)] = sc_time_stamp();
  ++blocks_;
  block_completed_.notify();
}

void Buffer::fill(const tlm::tlm_generic_payload& payload, const BlockExtension& block,
                  sc_time& delay) {
  ++writers_waiting_;
  while (block.sequence >= released_ + static_cast<std::uint64_t>(config_.slots)) {
    sc_core::wait(block_released_);
  }
  --writers_waiting_;
  begin_filling(block.sequence);
  const auto bytes = static_cast<std::int64_t>(payload.get_data_length());
  const std::int64_t address =
      base(block.sequence) + static_cast<std::int64_t>(payload.get_address());
  const BankCycles cycles = banks_.contiguous(address, bytes);
  delay = occupy(Port::kWrite, cycles).delay;
  memory_->written(address, bytes, clock().cycles(sc_time_stamp() + delay));
  words_written_ += cycles.words;
  write_conflict_cycles_ += cycles.conflicts;
  bytes_written_ += bytes;
  filled_[slot(block.sequence)] += bytes;
  if (fidelity_ == Fidelity::kData) {
    std::memcpy(contents_[slot(block.sequence)].data() + payload.get_address(),
                payload.get_data_ptr(), payload.get_data_length());
  }
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
  memory_->read_lasted_until(clock().cycles(block->last_read_ended_at));
  if (block->action == BlockExtension::Action::kRelease) {
    release(*block);
  } else {
    deliver(payload, *block, delay);
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void Buffer::release(const BlockExtension& block) {
  slot_held("hold", block.sequence, completed_at_[slot(block.sequence)]);
  released_ = block.sequence + 1;
  std::int64_t& filled = filled_[slot(block.sequence)];
  if (filled > 0) memory_->released(base(block.sequence), filled, clock().now());
  bytes_released_ += filled;
  filled = 0;
  block_released_.notify();
}

void Buffer::deliver(tlm::tlm_generic_payload& payload, BlockExtension& block, sc_time& delay) {
  ++readers_waiting_;
  while (completed_ <= block.sequence) sc_core::wait(block_completed_);
  --readers_waiting_;
  block.completed_at = completed_at_[slot(block.sequence)];
  const auto bytes = static_cast<std::int64_t>(payload.get_data_length());
  const std::int64_t address =
      base(block.sequence) + static_cast<std::int64_t>(payload.get_address());
  const BankCycles cycles = block.pattern != nullptr
                                ? banks_.pattern(*block.pattern, base(block.sequence))
                                : banks_.contiguous(address, bytes);
  const Occupation occupation = occupy(Port::kRead, cycles);
  block.bank_cycles = occupation.cycles;
  block.conflict_cycles = cycles.conflicts;
  delay = occupation.delay;
  const std::int64_t end = clock().cycles(sc_time_stamp() + delay);
  if (block.pattern != nullptr) {
    memory_->read(*block.pattern, base(block.sequence), end);
  } else {
    memory_->read(address, bytes, end);
  }
  words_read_ += cycles.words;
  read_conflict_cycles_ += cycles.conflicts;
  bytes_read_ += bytes;
  if (fidelity_ == Fidelity::kTiming) return;
  const auto& contents = contents_[slot(block.sequence)];
  if (block.pattern != nullptr) {
    block.pattern->gather(contents, {payload.get_data_ptr(), payload.get_data_length()});
  } else {
    std::memcpy(payload.get_data_ptr(), contents.data() + payload.get_address(),
                payload.get_data_length());
  }
}

}  // namespace systerm
