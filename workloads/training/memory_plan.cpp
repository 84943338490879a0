// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/memory_plan.h"

#include <algorithm>
#include <numeric>

#include "workloads/graph/residual_branch.h"

namespace systerm {

namespace {

/// Whether a step may write where it reads: it reads every value for the last time before it writes
/// its place, or in the same moment.
bool works_in_place(const Graph& graph, const TrainingStep& step) {
  if (!step.node || step.kind == StepKind::kWeightGradient) return false;
  const GraphNode& node = graph.nodes()[*step.node];
  const Operator& operation = node.operation;
  const bool moves = std::holds_alternative<op::Transpose>(operation) ||
                     std::holds_alternative<op::Select>(operation);
  if (moves) return false;
  return is_rearrangement(graph, node) || std::holds_alternative<op::Activate>(operation) ||
         std::holds_alternative<op::Binary>(operation) ||
         std::holds_alternative<op::BatchNorm>(operation) ||
         std::holds_alternative<op::Norm>(operation) ||
         std::holds_alternative<op::Softmax>(operation);
}

class Buffers {
 public:
  Buffers(const Graph& graph, const TrainingGraph& scheduled,
          std::span<const std::optional<MemoryClass>> classes)
      : graph_(graph),
        scheduled_(scheduled),
        classes_(classes),
        buffer_of_(scheduled.tensors.size()) {}

  std::vector<MemoryBuffer> make() {
    for (std::size_t id = 0; id < scheduled_.tensors.size(); ++id) {
      // What is there before the first step.
      if (scheduled_.tensors[id].first_write < 0) open(id, 0);
    }
    for (std::size_t s = 0; s < scheduled_.steps.size(); ++s) {
      const TrainingStep& step = scheduled_.steps[s];
      taken_.clear();
      for (const StepOutput& output : step.writes) {
        const std::size_t id = index(output.tensor);
        if (buffer_of_[id]) continue;
        const auto place = overwritten(step, static_cast<std::int64_t>(s), id);
        if (place) {
          extend(*place, id);
        } else {
          open(id, static_cast<std::int64_t>(s));
        }
      }
    }
    return std::move(buffers_);
  }

 private:
  std::int64_t last_step(std::size_t id) const {
    const auto steps = static_cast<std::int64_t>(scheduled_.steps.size());
    return std::min(scheduled_.tensors[id].last_read, steps - 1);
  }

  void open(std::size_t id, std::int64_t step) {
    // Nobody reads the gradient of a stream that nothing before the chain needs, but it is written.
    if (!classes_[id] || scheduled_.tensors[id].last_read < 0) return;
    buffer_of_[id] = buffers_.size();
    buffers_.push_back({.memory_class = *classes_[id],
                        .elements = element_count(scheduled_.tensors[id].shape),
                        .first = step,
                        .last = last_step(id),
                        .tensors = {static_cast<TrainingTensorId>(id)}});
  }

  void extend(std::size_t buffer, std::size_t id) {
    buffer_of_[id] = buffer;
    buffers_[buffer].last = last_step(id);
    buffers_[buffer].tensors.push_back(static_cast<TrainingTensorId>(id));
    taken_.push_back(buffer);
  }

  std::optional<std::size_t> overwritten(const TrainingStep& step, std::int64_t position,
                                         std::size_t id) const {
    if (!works_in_place(graph_, step)) return std::nullopt;
    for (const TrainingTensorId read : step.reads) {
      const auto buffer = buffer_of_[index(read)];
      const bool fits = buffer && buffers_[*buffer].last == position &&
                        classes_[index(read)] == classes_[id] &&
                        buffers_[*buffer].elements == element_count(scheduled_.tensors[id].shape) &&
                        std::ranges::find(taken_, *buffer) == taken_.end();
      if (fits) return buffer;
    }
    return std::nullopt;
  }

  const Graph& graph_;
  const TrainingGraph& scheduled_;
  std::span<const std::optional<MemoryClass>> classes_;
  std::vector<std::optional<std::size_t>> buffer_of_;  // by TrainingTensorId
  std::vector<std::size_t> taken_;                     // buffers that the step at hand overwrites
  std::vector<MemoryBuffer> buffers_;
};

/// Largest first, each at the lowest place that is free for its whole life. Returns the size.
std::int64_t place(std::vector<MemoryBuffer>& buffers, std::vector<std::size_t> which,
                   std::int64_t MemoryBuffer::*offset) {
  std::ranges::sort(which, [&](std::size_t a, std::size_t b) {
    const MemoryBuffer& left = buffers[a];
    const MemoryBuffer& right = buffers[b];
    if (left.elements != right.elements) return left.elements > right.elements;
    return left.first != right.first ? left.first < right.first : a < b;
  });
  std::int64_t size = 0;
  std::vector<std::size_t> placed;
  std::vector<std::size_t> met;
  for (const std::size_t b : which) {
    MemoryBuffer& buffer = buffers[b];
    met.clear();
    for (const std::size_t other : placed) {
      if (buffers[other].first <= buffer.last && buffer.first <= buffers[other].last) {
        met.push_back(other);
      }
    }
    std::ranges::sort(met, {}, [&](std::size_t each) { return buffers[each].*offset; });
    std::int64_t at = 0;
    for (const std::size_t other : met) {
      if (buffers[other].*offset >= at + buffer.elements) break;
      at = std::max(at, buffers[other].*offset + buffers[other].elements);
    }
    buffer.*offset = at;
    size = std::max(size, at + buffer.elements);
    placed.push_back(b);
  }
  return size;
}

}  // namespace

MemoryPlan plan_memory(const Graph& graph, const TrainingGraph& scheduled,
                       std::span<const std::optional<MemoryClass>> classes) {
  MemoryPlan plan{.buffers = Buffers(graph, scheduled, classes).make(), .live = {}};
  std::array<std::vector<std::size_t>, kMemoryClasses> of_class;
  std::vector<std::size_t> shared;
  plan.live.assign(scheduled.steps.size(), {});
  for (std::size_t b = 0; b < plan.buffers.size(); ++b) {
    const MemoryBuffer& buffer = plan.buffers[b];
    of_class[index(buffer.memory_class)].push_back(b);
    if (buffer.memory_class != MemoryClass::kWeightGradient) shared.push_back(b);
    for (std::int64_t step = buffer.first; step <= buffer.last; ++step) {
      plan.live[static_cast<std::size_t>(step)][index(buffer.memory_class)] += buffer.elements;
    }
  }
  for (const MemoryClass each : kAllMemoryClasses) {
    plan.class_elements[index(each)] =
        place(plan.buffers, of_class[index(each)], &MemoryBuffer::class_offset);
  }
  plan.elements = place(plan.buffers, std::move(shared), &MemoryBuffer::offset);
  return plan;
}

ScheduledMemory schedule_with_memory(const Graph& graph, TrainingSchedule schedule,
                                     const TrainingGraphOptions& options) {
  ScheduledMemory result;
  result.structure = find_reversible(graph);
  result.plan = plan_schedule(graph, result.structure, schedule);
  result.training = make_scheduled_graph(graph, result.plan, schedule, options);
  result.classes = memory_classes(graph, result.structure, result.plan, schedule, result.training);
  result.memory = plan_memory(graph, result.training, result.classes);
  return result;
}

}  // namespace systerm
