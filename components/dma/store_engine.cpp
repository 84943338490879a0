// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "components/dma/dma_engine.h"

namespace systerm {

StoreEngine::StoreEngine(const sc_core::sc_module_name& name, const Clock& clock,
                         const DmaConfig& config, BlockList blocks, Fidelity)
    : HardwareUnit(name, clock),
      config_(config),
      blocks_(std::move(blocks)),
      staging_(static_cast<std::size_t>(config.burst_bytes)) {
  SC_HAS_PROCESS(StoreEngine);
  SC_THREAD(run);
  statistics_.add("bytes", "byte", "bytes stored", bytes_);
  statistics_.add("bursts", "", "transactions on the interconnect", bursts_);
}

std::string StoreEngine::waiting_for() const { return working_ ? "results, or memory" : ""; }

void StoreEngine::run() {
  for (;;) {
    const auto& descriptor = descriptors.front();
    working_ = true;
    for (std::size_t i = 0; i < blocks_.count(*descriptor); ++i) {
      runs_.clear();
      blocks_.runs(*descriptor, i, runs_);
      store_block(runs_);
    }
    if (!under_way_.empty()) {
      const sc_core::sc_time last = *std::ranges::max_element(under_way_);
      under_way_.clear();
      sc_core::wait(clock().until_edge(last));
    }
    completion_payload_.extension().layer = descriptor->layer;
    completion.transport(
        completion_payload_.prepare(tlm::TLM_WRITE_COMMAND, 0, staging_.data(), 1));
    descriptors.pop();
    working_ = !descriptors.empty();
  }
}

void StoreEngine::store_block(const std::vector<MemoryRun>& runs) {
  using Action = BlockExtension::Action;
  BlockExtension& block = buffer_payload_.extension();
  block.sequence = sequence_++;
  std::uint64_t offset = 0;
  for (const MemoryRun& run : runs) {
    for (std::uint64_t done = 0; done < run.bytes;) {
      const std::uint64_t bytes =
          std::min(run.bytes - done, static_cast<std::uint64_t>(config_.burst_bytes));
      block.action = Action::kAccess;
      const sc_core::sc_time read_delay = buffer.transport(
          buffer_payload_.prepare(tlm::TLM_READ_COMMAND, offset, staging_.data(), bytes));
      while (under_way_.size() >= static_cast<std::size_t>(config_.outstanding)) {
        const sc_core::sc_time oldest = under_way_.front();
        under_way_.pop_front();
        if (oldest > sc_core::sc_time_stamp()) sc_core::wait(clock().until_edge(oldest));
      }
      memory_payload_.set_command(tlm::TLM_WRITE_COMMAND);
      memory_payload_.set_address(run.address + done);
      memory_payload_.set_data_ptr(staging_.data());
      memory_payload_.set_data_length(static_cast<unsigned>(bytes));
      memory_payload_.set_streaming_width(static_cast<unsigned>(bytes));
      memory_payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
      const sc_core::sc_time issued_at = sc_core::sc_time_stamp();
      const sc_core::sc_time delay = memory.transport(memory_payload_, read_delay);
      under_way_.push_back(sc_core::sc_time_stamp() + delay);
      worked({.activity = "store",
              .begin = issued_at,
              .end = under_way_.back(),
              .part = "burst",
              .part_number = bursts_ % config_.outstanding,
              .layer = descriptors.front()->name,
              .item = "block",
              .number = static_cast<std::int64_t>(block.sequence)});
      bytes_ += static_cast<std::int64_t>(bytes);
      ++bursts_;
      done += bytes;
      offset += bytes;
    }
  }
  block.action = Action::kRelease;
  buffer.transport(buffer_payload_.prepare(tlm::TLM_IGNORE_COMMAND, 0, staging_.data(), 1));
}

}  // namespace systerm
