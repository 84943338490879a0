// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "components/arithmetic/assumed_numbers.h"
#include "components/descriptors/rearrangement.h"
#include "components/dma/dma_engine.h"

namespace systerm {

LoadEngine::LoadEngine(const sc_core::sc_module_name& name, const Clock& clock,
                       const DmaConfig& config, BlockList blocks, Fidelity fidelity)
    : HardwareUnit(name, clock),
      config_(config),
      blocks_(std::move(blocks)),
      fidelity_(fidelity),
      staging_(static_cast<std::size_t>(config.burst_bytes) *
               static_cast<std::size_t>(fidelity == Fidelity::kData ? config.outstanding : 1)),
      time_(keep_time_account()) {
  SC_HAS_PROCESS(LoadEngine);
  SC_THREAD(run);
  statistics_.add_event("bytes", "byte", "bytes loaded", bytes_);
  statistics_.add_event("bursts", "", "transactions on the interconnect", bursts_);
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
    time_.enter(TimeAccount::State::kBusy);
    for (std::size_t i = 0; i < blocks_.count(*descriptor); ++i) {
      runs_.clear();
      if (blocks_.follows_lookups && descriptor->program.source == VectorProgram::Source::kLookup) {
        look_up(*descriptor, i);
      }
      blocks_.runs(*descriptor, i, runs_);
      load_block(runs_);
    }
    descriptors.pop();
    if (descriptors.empty()) {
      while (!under_way_.empty()) retire_oldest();
      working_ = false;
      time_.enter(TimeAccount::State::kIdle);
    }
  }
}

void LoadEngine::look_up(const LayerDescriptor& layer, std::size_t block) {
  const FeatureMap& numbers = layer.operands[0];
  const FeatureMap& table = layer.operands[1];
  const Region region = lookup_numbers(layer, layer.outputs[block]);
  // The numbers decide what is read next: everything before them has to arrive first.
  while (!under_way_.empty()) retire_oldest();
  number_runs_.clear();
  append_runs(numbers, region, number_runs_);
  numbers_.resize(static_cast<std::size_t>(region.elements()));
  auto* to = reinterpret_cast<unsigned char*>(numbers_.data());
  for (const MemoryRun& run : number_runs_) {
    load_numbers(run, to);
    to += run.bytes;
  }
  if (fidelity_ == Fidelity::kTiming) assume_numbers(numbers, region, table.width);
  for (const std::int32_t row : numbers_) {
    if (row < 0 || row >= table.width) {
      SC_REPORT_ERROR("/systerm/dma", "a number names no row of its table");
    }
    append_table_row(table, row, runs_);
  }
}

void LoadEngine::assume_numbers(const FeatureMap& map, const Region& region, std::int64_t rows) {
  std::size_t i = 0;
  for (std::int64_t image = region.image_begin; image < region.image_end; ++image) {
    for (std::int64_t row = region.row_begin; row < region.row_end; ++row) {
      for (std::int64_t column = region.column_begin; column < region.column_end; ++column) {
        const std::int64_t position = first_element(map, image, row, column);
        numbers_[i++] = static_cast<std::int32_t>(assumed_number(position, rows));
      }
    }
  }
}

void LoadEngine::load_numbers(const MemoryRun& run, unsigned char* to) {
  const auto retire = [this] {
    time_.enter(TimeAccount::State::kStalled);
    const PipelinedSocket::Completion done = memory.collect_oldest();
    bytes_ += done.bytes;
    number_bytes_ += done.bytes;
    const sc_core::sc_time until_arrival = clock().until_edge(done.time);
    if (until_arrival != sc_core::SC_ZERO_TIME) sc_core::wait(until_arrival);
    time_.enter(TimeAccount::State::kBusy);
  };
  for (std::uint64_t done = 0; done < run.bytes;) {
    if (memory.under_way() == static_cast<std::size_t>(config_.outstanding)) retire();
    const std::uint64_t bytes =
        std::min(run.bytes - done, static_cast<std::uint64_t>(config_.burst_bytes));
    memory.issue(tlm::TLM_READ_COMMAND, run.address + done, to + done, bytes);
    ++bursts_;
    done += bytes;
  }
  while (memory.under_way() > 0) retire();
}

void LoadEngine::load_block(const std::vector<MemoryRun>& runs) {
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    bytes_by_content_[static_cast<std::size_t>(runs[i].content)] +=
        static_cast<std::int64_t>(runs[i].bytes);
    for (std::uint64_t done = 0; done < runs[i].bytes;) {
      const std::uint64_t bytes =
          std::min(runs[i].bytes - done, static_cast<std::uint64_t>(config_.burst_bytes));
      const bool last = i + 1 == runs.size() && done + bytes == runs[i].bytes;
      issue(runs[i].address + done, {sequence_, offset, bytes, last});
      done += bytes;
      offset += bytes;
    }
  }
  ++sequence_;
}

void LoadEngine::issue(std::uint64_t address, const Burst& burst) {
  while (!under_way_.empty() &&
         (under_way_.size() >= static_cast<std::size_t>(config_.outstanding) ||
          memory.oldest_is_done())) {
    retire_oldest();
  }
  under_way_.push_back(burst);
  under_way_.back().issued = sc_core::sc_time_stamp();
  under_way_.back().number = bursts_;
  under_way_.back().layer = descriptors.front()->name;
  memory.issue(tlm::TLM_READ_COMMAND, address, staging(issued_++), burst.bytes);
  bytes_ += static_cast<std::int64_t>(burst.bytes);
  ++bursts_;
}

void LoadEngine::retire_oldest() {
  using Action = BlockExtension::Action;
  time_.enter(TimeAccount::State::kStalled);
  const PipelinedSocket::Completion done = memory.collect_oldest();
  const Burst burst = under_way_.front();
  under_way_.pop_front();
  bytes_ += done.bytes - static_cast<std::int64_t>(burst.bytes);
  worked({.activity = "load",
          .begin = burst.issued,
          .end = done.time,
          .part = "burst",
          .part_number = burst.number % config_.outstanding,
          .layer = burst.layer,
          .item = "block",
          .number = static_cast<std::int64_t>(burst.sequence)});
  const sc_core::sc_time until_arrival = clock().until_edge(done.time);
  if (until_arrival != sc_core::SC_ZERO_TIME) sc_core::wait(until_arrival);
  BlockExtension& block = buffer_payload_.extension();
  block.sequence = burst.sequence;
  block.action = Action::kAccess;
  const sc_core::sc_time delay = buffer.transport(buffer_payload_.prepare(
      tlm::TLM_WRITE_COMMAND, burst.offset, staging(retired_++), burst.bytes));
  time_.enter(TimeAccount::State::kBusy);
  bytes_out_ += static_cast<std::int64_t>(burst.bytes);
  if (burst.completes_block) {
    sc_core::wait(delay);
    block.action = Action::kComplete;
    buffer.transport(buffer_payload_.prepare(tlm::TLM_IGNORE_COMMAND, 0, staging_.data(), 1));
  }
}

}  // namespace systerm
