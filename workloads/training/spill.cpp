// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/spill.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "components/arithmetic/ceil_div.h"

namespace systerm {

namespace {

struct Use {
  std::int64_t step = 0;
  TrainingTensorId tensor{};
  bool writes = false;
};

struct Gap {
  std::int64_t from = 0;  ///< last use before; -1 for none
  std::int64_t to = 0;    ///< first use behind
};

class Spiller {
 public:
  Spiller(const ScheduledMemory& scheduled, const ClassBits& bits, std::int64_t capacity)
      : scheduled_(scheduled),
        buffers_(scheduled.memory.buffers),
        capacity_(capacity),
        uses_(buffers_.size()),
        gaps_(buffers_.size()),
        live_(scheduled.training.steps.size(), 0) {
    for (const MemoryBuffer& buffer : buffers_) {
      bytes_.push_back(
          ceil_div(buffer.elements * bits[index(buffer.memory_class)], std::int64_t{8}));
      for (std::int64_t step = buffer.first; step <= buffer.last; ++step) {
        live_[static_cast<std::size_t>(step)] += bytes_.back();
      }
    }
    note_uses();
  }

  SpillPlan plan() {
    for (std::size_t step = 0; step < live_.size(); ++step) {
      while (live_[step] > capacity_) evict(static_cast<std::int64_t>(step));
    }
    SpillPlan plan;
    for (std::size_t b = 0; b < buffers_.size(); ++b) add_spills(b, plan);
    std::ranges::stable_sort(plan.spills, {}, &Spill::after_step);
    return plan;
  }

 private:
  void note_uses() {
    std::vector<std::optional<std::size_t>> buffer_of(scheduled_.training.tensors.size());
    for (std::size_t b = 0; b < buffers_.size(); ++b) {
      for (const TrainingTensorId id : buffers_[b].tensors) buffer_of[index(id)] = b;
    }
    for (std::size_t s = 0; s < scheduled_.training.steps.size(); ++s) {
      const TrainingStep& step = scheduled_.training.steps[s];
      const auto note = [&](TrainingTensorId id, bool writes) {
        if (const auto b = buffer_of[index(id)]) {
          uses_[*b].push_back({static_cast<std::int64_t>(s), id, writes});
        }
      };
      for (const TrainingTensorId id : step.reads) note(id, false);
      for (const StepOutput& output : step.writes) note(output.tensor, true);
    }
  }

  /// The idle time of a buffer about a step, if it is idle then and takes room.
  std::optional<Gap> gap_at(std::size_t b, std::int64_t step) const {
    if (step < buffers_[b].first || step > buffers_[b].last) return std::nullopt;
    for (const Gap& gap : gaps_[b]) {
      if (gap.from < step && step < gap.to) return std::nullopt;
    }
    const auto next = std::ranges::lower_bound(uses_[b], step, {}, &Use::step);
    if (next == uses_[b].end() || next->step == step) return std::nullopt;
    return Gap{next == uses_[b].begin() ? -1 : std::prev(next)->step, next->step};
  }

  void evict(std::int64_t step) {
    std::optional<std::size_t> chosen;
    Gap longest;
    for (std::size_t b = 0; b < buffers_.size(); ++b) {
      const auto gap = gap_at(b, step);
      if (!gap || (chosen && gap->to <= longest.to)) continue;
      chosen = b;
      longest = *gap;
    }
    if (!chosen) {
      const TrainingStep& at = scheduled_.training.steps[static_cast<std::size_t>(step)];
      throw GraphError(fmt::format(
          "step {}, {} of '{}', needs {} bytes at once; the capacity is {} bytes", step,
          to_string(at.kind), at.name, live_[static_cast<std::size_t>(step)], capacity_));
    }
    gaps_[*chosen].push_back(longest);
    for (std::int64_t i = std::max(longest.from + 1, buffers_[*chosen].first); i < longest.to;
         ++i) {
      live_[static_cast<std::size_t>(i)] -= bytes_[*chosen];
    }
  }

  void add_spills(std::size_t b, SpillPlan& plan) {
    std::ranges::sort(gaps_[b], {}, &Gap::from);
    std::int64_t in_dram = -1;  // what was written up to this step is there
    for (const Gap& gap : gaps_[b]) {
      const auto is_new = [&](const Use& use) {
        return use.writes && use.step > in_dram && use.step <= gap.from;
      };
      const auto behind = std::ranges::lower_bound(uses_[b], gap.to, {}, &Use::step);
      const Spill spill{
          .buffer = b,
          .tensor = behind == uses_[b].begin() ? behind->tensor : std::prev(behind)->tensor,
          .after_step = gap.from,
          .before_step = gap.to,
          .bytes = bytes_[b],
          .is_written = std::ranges::any_of(uses_[b], is_new)};
      in_dram = gap.from;
      if (spill.is_written) plan.written_bytes += spill.bytes;
      plan.read_bytes += spill.bytes;
      plan.spills.push_back(spill);
    }
  }

  const ScheduledMemory& scheduled_;
  const std::vector<MemoryBuffer>& buffers_;
  std::int64_t capacity_;
  std::vector<std::int64_t> bytes_;     // by buffer
  std::vector<std::vector<Use>> uses_;  // by buffer, in the order of steps
  std::vector<std::vector<Gap>> gaps_;  // spent in DRAM, by buffer
  std::vector<std::int64_t> live_;      // bytes, by step
};

}  // namespace

SpillPlan plan_spills(const ScheduledMemory& scheduled, const ClassBits& bits,
                      std::int64_t capacity_bytes) {
  return Spiller(scheduled, bits, capacity_bytes).plan();
}

}  // namespace systerm
