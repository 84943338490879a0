// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "components/dma/dma_engine.h"

namespace systerm {

LoadEngine::LoadEngine(const sc_core::sc_module_name& name, const Clock& clock,
                       const DmaConfig& config, BlockList blocks, Fidelity fidelity)
    : HardwareUnit(name, clock),
      config_(config),
      blocks_(std::move(blocks)),
      staging_(static_cast<std::size_t>(config.burst_bytes) *
               static_cast<std::size_t>(fidelity == Fidelity::kData ? config.outstanding : 1)) {
  SC_HAS_PROCESS(LoadEngine);
  SC_THREAD(run);
  statistics_.add("bytes", "byte", "bytes loaded", bytes_);
  statistics_.add("bursts", "", "transactions on the interconnect", bursts_);
}

std::string LoadEngine::waiting_for() const {
  return working_ ? "memory, or a free slot of its buffer" : "";
}

unsigned char* LoadEngine::staging(std::uint64_t burst_number) {
  const auto burst_bytes = static_cast<std::uint64_t>(config_.burst_bytes);
  return staging_.data() + burst_number * burst_bytes % staging_.size();
}

void LoadEngine::run() {
  for (;;) {
    const auto& descriptor = descriptors.front();
    working_ = true;
    for (std::size_t i = 0; i < blocks_.count(*descriptor); ++i) {
      runs_.clear();
      blocks_.runs(*descriptor, i, runs_);
      load_block(runs_);
    }
    descriptors.pop();
    if (descriptors.empty()) {
      while (!under_way_.empty()) retire_oldest();
      working_ = false;
    }
  }
}

void LoadEngine::load_block(const std::vector<MemoryRun>& runs) {
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (std::uint64_t done = 0; done < runs[i].bytes;) {
      const std::uint64_t bytes =
          std::min(runs[i].bytes - done, static_cast<std::uint64_t>(config_.burst_bytes));
      const bool last = i + 1 == runs.size() && done + bytes == runs[i].bytes;
      issue(runs[i].address + done, {sc_core::SC_ZERO_TIME, sequence_, offset, bytes, last});
      done += bytes;
      offset += bytes;
    }
  }
  ++sequence_;
}

void LoadEngine::issue(std::uint64_t address, const Burst& burst) {
  while (!under_way_.empty() &&
         (under_way_.size() >= static_cast<std::size_t>(config_.outstanding) ||
          under_way_.front().arrival <= sc_core::sc_time_stamp())) {
    retire_oldest();
  }
  memory_payload_.set_command(tlm::TLM_READ_COMMAND);
  memory_payload_.set_address(address);
  memory_payload_.set_data_ptr(staging(issued_++));
  memory_payload_.set_data_length(static_cast<unsigned>(burst.bytes));
  memory_payload_.set_streaming_width(static_cast<unsigned>(burst.bytes));
  memory_payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  const sc_core::sc_time issued_at = sc_core::sc_time_stamp();
  const sc_core::sc_time delay = memory.transport(memory_payload_);
  under_way_.push_back(burst);
  under_way_.back().arrival = sc_core::sc_time_stamp() + delay;
  worked({.activity = "load",
          .begin = issued_at,
          .end = under_way_.back().arrival,
          .part = "burst",
          .part_number = bursts_ % config_.outstanding,
          .layer = descriptors.front()->name,
          .item = "block",
          .number = static_cast<std::int64_t>(burst.sequence)});
  bytes_ += static_cast<std::int64_t>(burst.bytes);
  ++bursts_;
}

void LoadEngine::retire_oldest() {
  using Action = BlockExtension::Action;
  const Burst burst = under_way_.front();
  under_way_.pop_front();
  const sc_core::sc_time until_arrival = clock().until_edge(burst.arrival);
  if (until_arrival != sc_core::SC_ZERO_TIME) sc_core::wait(until_arrival);
  BlockExtension& block = buffer_payload_.extension();
  block.sequence = burst.sequence;
  block.action = Action::kAccess;
  const sc_core::sc_time delay = buffer.transport(buffer_payload_.prepare(
      tlm::TLM_WRITE_COMMAND, burst.offset, staging(retired_++), burst.bytes));
  if (burst.completes_block) {
    sc_core::wait(delay);
    block.action = Action::kComplete;
    buffer.transport(buffer_payload_.prepare(tlm::TLM_IGNORE_COMMAND, 0, staging_.data(), 1));
  }
}

}  // namespace systerm
