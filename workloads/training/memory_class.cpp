// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/memory_class.h"

#include <algorithm>
#include <unordered_set>

namespace systerm {

std::string_view to_string(MemoryClass memory_class) {
  constexpr std::array<std::string_view, kMemoryClasses> kNames{
      "streams",    "boundaries", "internals",       "gradients",
      "statistics", "outside",    "weight_gradients"};
  return kNames[index(memory_class)];
}

namespace {

class Classifier {
 public:
  Classifier(const Graph& graph, const ReversibleStructure& structure, const SchedulePlan& plan,
             TrainingSchedule schedule, const TrainingGraph& scheduled)
      : reverses_(is_reversing(schedule)) {
    for (const ScheduleUnit& unit : plan.units) {
      for (const std::size_t node : unit.nodes) {
        for (const TensorId output : graph.nodes()[node].outputs) {
          if (unit.kind != ScheduleUnit::Kind::kOutside) of_blocks_.insert(index(output));
          if (unit.kind == ScheduleUnit::Kind::kSegment) of_segments_.insert(index(output));
        }
      }
    }
    if (reverses_) note_streams(graph, structure);
    const auto loss = std::ranges::find(scheduled.steps, StepKind::kLoss, &TrainingStep::kind);
    loss_ = loss - scheduled.steps.begin();
  }

  std::optional<MemoryClass> of(const TrainingTensor& tensor) const {
    switch (tensor.role) {
      case TensorRole::kFixed:
      case TensorRole::kParameter:
      case TensorRole::kStatistic:
      case TensorRole::kOptimizerState:
      case TensorRole::kLoss:
        return std::nullopt;
      case TensorRole::kInput:
      case TensorRole::kLabels:
        return MemoryClass::kOutside;
      case TensorRole::kSaved:
        return MemoryClass::kStatistic;
      case TensorRole::kParameterGradient:
        return MemoryClass::kWeightGradient;
      case TensorRole::kActivation:
        return of_activation(tensor);
      case TensorRole::kGradient:
        return of_gradient(tensor);
    }
    return std::nullopt;
  }

 private:
  void note_streams(const Graph& graph, const ReversibleStructure& structure) {
    for (const ReversibleChain& chain : structure.chains) {
      for (const TensorId stream : chain.begins) streams_.insert(index(stream));
      for (const Coupling& coupling : chain.couplings) {
        streams_.insert(index(coupling.result));
        for (const std::size_t move : coupling.moves) {
          streams_.insert(index(graph.nodes()[move].outputs.front()));
        }
      }
      // The last streams of the last chain are inverted at once.
      if (&chain == &structure.chains.back()) continue;
      for (const TensorId stream : chain.ends) boundaries_.insert(index(stream));
    }
  }

  MemoryClass of_activation(const TrainingTensor& tensor) const {
    const std::size_t source = index(*tensor.source);
    const bool is_kept = tensor.first_write < loss_ && tensor.last_read > loss_;
    if (boundaries_.contains(source) || (of_segments_.contains(source) && is_kept)) {
      return MemoryClass::kBoundary;
    }
    if (streams_.contains(source)) return MemoryClass::kStream;
    return of_blocks_.contains(source) ? MemoryClass::kInternal : MemoryClass::kOutside;
  }

  MemoryClass of_gradient(const TrainingTensor& tensor) const {
    const std::size_t source = index(*tensor.source);
    if (streams_.contains(source)) return MemoryClass::kStream;
    return of_blocks_.contains(source) ? MemoryClass::kGradient : MemoryClass::kOutside;
  }

  bool reverses_;
  std::int64_t loss_ = 0;
  std::unordered_set<std::size_t> of_blocks_;  // TensorIds
  std::unordered_set<std::size_t> of_segments_;
  std::unordered_set<std::size_t> streams_;
  std::unordered_set<std::size_t> boundaries_;
};

}  // namespace

std::vector<std::optional<MemoryClass>> memory_classes(const Graph& graph,
                                                       const ReversibleStructure& structure,
                                                       const SchedulePlan& plan,
                                                       TrainingSchedule schedule,
                                                       const TrainingGraph& scheduled) {
  const Classifier classifier(graph, structure, plan, schedule, scheduled);
  std::vector<std::optional<MemoryClass>> classes;
  for (const TrainingTensor& tensor : scheduled.tensors) classes.push_back(classifier.of(tensor));
  return classes;
}

}  // namespace systerm
