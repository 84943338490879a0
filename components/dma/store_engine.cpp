// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "components/dma/dma_engine.h"

namespace systerm {

StoreEngine::StoreEngine(const sc_core::sc_module_name& name, const Clock& clock,
                         const DmaConfig& config, BlockList blocks, Fidelity fidelity)
    : HardwareUnit(name, clock),
      config_(config),
      blocks_(std::move(blocks)),
      staging_(static_cast<std::size_t>(config.burst_bytes) *
               static_cast<std::size_t>(fidelity == Fidelity::kData ? config.outstanding + 1 : 1)),
      time_(keep_time_account()) {
  SC_HAS_PROCESS(StoreEngine);
  SC_THREAD(run);
  statistics_.add_event("bytes", "byte", "bytes stored", bytes_);
  statistics_.add_event("bursts", "", "transactions on the interconnect", bursts_);
}

std::string StoreEngine::waiting_for() const { return working_ ? "results, or memory" : ""; }

void StoreEngine::run() {
  for (;;) {
    const auto& descriptor = descriptors.front();
    working_ = true;
    time_.enter(TimeAccount::State::kBusy);
    for (std::size_t i = 0; i < blocks_.count(*descriptor); ++i) {
      runs_.clear();
      blocks_.runs(*descriptor, i, runs_);
      store_block(runs_);
    }
    if (memory.under_way() > 0) {
      sc_core::sc_time last = sc_core::sc_time_stamp();
      time_.enter(TimeAccount::State::kStalled);
      while (memory.under_way() > 0) last = std::max(last, collect_oldest());
      sc_core::wait(clock().until_edge(last));
      time_.enter(TimeAccount::State::kBusy);
    }
    completion_payload_.extension().layer = descriptor->layer;
    completion.transport(
        completion_payload_.prepare(tlm::TLM_WRITE_COMMAND, 0, staging_.data(), 1));
    descriptors.pop();
    working_ = !descriptors.empty();
    if (!working_) time_.enter(TimeAccount::State::kIdle);
  }
}

void StoreEngine::store_block(const std::vector<MemoryRun>& runs) {
  using Action = BlockExtension::Action;
  BlockExtension& block = buffer_payload_.extension();
  block.sequence = sequence_++;
  std::uint64_t offset = 0;
  for (const MemoryRun& run : runs) {
    bytes_by_content_[static_cast<std::size_t>(run.content)] +=
        static_cast<std::int64_t>(run.bytes);
    for (std::uint64_t done = 0; done < run.bytes;) {
      const std::uint64_t bytes =
          std::min(run.bytes - done, static_cast<std::uint64_t>(config_.burst_bytes));
      block.action = Action::kAccess;
      unsigned char* const data =
          staging_.data() +
          static_cast<std::uint64_t>(bursts_ * config_.burst_bytes) % staging_.size();
      time_.enter(TimeAccount::State::kStalled);
      const sc_core::sc_time read_delay =
          buffer.transport(buffer_payload_.prepare(tlm::TLM_READ_COMMAND, offset, data, bytes));
      bytes_in_ += static_cast<std::int64_t>(bytes);
      send(run.address + done, data, bytes, read_delay);
      done += bytes;
      offset += bytes;
    }
  }
  block.action = Action::kRelease;
  buffer.transport(buffer_payload_.prepare(tlm::TLM_IGNORE_COMMAND, 0, staging_.data(), 1));
}

sc_core::sc_time StoreEngine::collect_oldest() {
  const PipelinedSocket::Completion done = memory.collect_oldest();
  const Burst& burst = under_way_.front();
  bytes_ += done.bytes - static_cast<std::int64_t>(burst.bytes);
  worked({.activity = "store",
          .begin = burst.issued,
          .end = done.time,
          .part = "burst",
          .part_number = burst.number % config_.outstanding,
          .layer = burst.layer,
          .item = "block",
          .number = static_cast<std::int64_t>(burst.sequence)});
  under_way_.pop_front();
  return done.time;
}

void StoreEngine::send(std::uint64_t address, unsigned char* data, std::uint64_t bytes,
                       const sc_core::sc_time& read_delay) {
  while (memory.under_way() >= static_cast<std::size_t>(config_.outstanding)) {
    const sc_core::sc_time oldest = collect_oldest();
    if (oldest > sc_core::sc_time_stamp()) sc_core::wait(clock().until_edge(oldest));
  }
  time_.enter(TimeAccount::State::kBusy);
  if (read_delay != sc_core::SC_ZERO_TIME) sc_core::wait(read_delay);
  under_way_.push_back(
      {sc_core::sc_time_stamp(), bursts_, descriptors.front()->name, sequence_ - 1, bytes});
  memory.issue(tlm::TLM_WRITE_COMMAND, address, data, bytes);
  bytes_ += static_cast<std::int64_t>(bytes);
  ++bursts_;
}

}  // namespace systerm
