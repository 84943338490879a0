// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/lifetimes.h"

#include <algorithm>
#include <optional>

namespace systerm {

namespace {

class LifetimeCounter {
 public:
  LifetimeCounter(const Graph& graph, const ScheduledMemory& scheduled)
      : graph_(graph), scheduled_(scheduled), longest_(scheduled.memory.buffers.size()) {
    buffer_of_.resize(scheduled.training.tensors.size());
    for (std::size_t b = 0; b < scheduled.memory.buffers.size(); ++b) {
      for (const TrainingTensorId id : scheduled.memory.buffers[b].tensors) {
        buffer_of_[index(id)] = b;
      }
    }
    open_.resize(longest_.size());
    for (std::size_t b = 0; b < longest_.size(); ++b) {
      open_[b].tensor = longest_[b].tensor = scheduled.memory.buffers[b].tensors.front();
    }
  }

  std::vector<Lifetime> count() {
    std::int64_t time = 0;
    for (const TrainingStep& step : scheduled_.training.steps) {
      time += step.macs();
      for (const TrainingTensorId id : step.reads) read(id, time);
      const bool passes_on = is_copy(step);
      for (const StepOutput& output : step.writes) {
        const auto buffer = buffer_of_[index(output.tensor)];
        if (!buffer) continue;
        if (output.accumulates) read(output.tensor, time);
        const bool is_in_place = passes_on && buffer == buffer_of_[index(step.reads.front())];
        if (is_in_place && !output.accumulates) continue;
        open_[*buffer] = {output.tensor, time, time};
      }
    }
    return std::move(longest_);
  }

 private:
  bool is_copy(const TrainingStep& step) const {
    if (step.kind != StepKind::kBackwardData) return false;
    const auto* binary = std::get_if<op::Binary>(&graph_.nodes()[*step.node].operation);
    return binary != nullptr && binary->kind == op::Binary::Kind::kAdd;
  }

  void read(TrainingTensorId id, std::int64_t time) {
    const auto buffer = buffer_of_[index(id)];
    if (!buffer) return;
    open_[*buffer].read = time;
    if (open_[*buffer].macs() > longest_[*buffer].macs()) longest_[*buffer] = open_[*buffer];
  }

  const Graph& graph_;
  const ScheduledMemory& scheduled_;
  std::vector<Lifetime> longest_;  // by buffer
  std::vector<Lifetime> open_;     // since the last write, by buffer
  std::vector<std::optional<std::size_t>> buffer_of_;
};

}  // namespace

std::vector<Lifetime> longest_lifetimes(const Graph& graph, const ScheduledMemory& scheduled) {
  return LifetimeCounter(graph, scheduled).count();
}

}  // namespace systerm
