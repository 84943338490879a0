// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "workloads/training/training_schedule.h"

namespace systerm {

namespace {

using Kind = ScheduleUnit::Kind;

class Scheduler {
 public:
  Scheduler(const Graph& graph, const SchedulePlan& plan, TrainingSchedule schedule,
            TrainingGraph stored)
      : graph_(graph),
        plan_(plan),
        schedule_(schedule),
        stored_(std::move(stored)),
        result_(stored_) {
    result_.steps.clear();
    for (std::size_t i = 0; i < stored_.tensors.size(); ++i) {
      now_.push_back(static_cast<TrainingTensorId>(i));
      const TrainingTensor& tensor = stored_.tensors[i];
      if (tensor.source && tensor.role != TensorRole::kGradient &&
          tensor.role != TensorRole::kParameterGradient) {
        of_source_.emplace(index(*tensor.source), now_.back());
      }
    }
    for (std::size_t u = 0; u < plan.units.size(); ++u) {
      for (const std::size_t node : plan.units[u].nodes) unit_of_[node] = u;
    }
    note_steps();
  }

  TrainingGraph schedule() {
    std::size_t i = 0;
    for (; stored_.steps[i].kind != StepKind::kLoss; ++i) result_.steps.push_back(stored_.steps[i]);
    for (; i < stored_.steps.size(); ++i) {
      const TrainingStep& step = stored_.steps[i];
      if (step.node) prepare(unit_of_.at(*step.node));
      const bool is_pair = step.kind == StepKind::kBackwardData && i + 1 < stored_.steps.size() &&
                           stored_.steps[i + 1].kind == StepKind::kWeightGradient &&
                           stored_.steps[i + 1].node == step.node;
      if (is_pair) emit(stored_.steps[++i]);
      emit(step);
    }
    set_lifetimes(result_);
    return std::move(result_);
  }

 private:
  void note_steps() {
    for (const TrainingStep& step : stored_.steps) {
      if (step.kind == StepKind::kForward) {
        forward_of_[*step.node] = &step;
        for (const StepOutput& output : step.writes) {
          if (!output.accumulates) maker_[index(output.tensor)] = *step.node;
        }
      } else if (step.node) {
        for (const TrainingTensorId id : step.reads) {
          read_back_.insert(index(id));
          needs_[unit_of_.at(*step.node)].push_back(id);
        }
      }
    }
  }

  TrainingTensorId stored_id(TensorId id) const { return of_source_.at(index(id)); }
  TrainingTensorId& now(TrainingTensorId id) { return now_[index(id)]; }

  void emit(TrainingStep step) {
    for (TrainingTensorId& id : step.reads) id = now(id);
    result_.steps.push_back(std::move(step));
  }

  TrainingTensorId renewed(TrainingTensorId id) {
    TrainingTensor tensor = stored_.tensor(id);
    tensor.name += "'";
    result_.tensors.push_back(std::move(tensor));
    return now(id) = static_cast<TrainingTensorId>(result_.tensors.size() - 1);
  }

  /// Whatever has to be there before the backward steps of a unit.
  void prepare(std::size_t u) {
    const ScheduleUnit& unit = plan_.units[u];
    if (unit.kind == Kind::kSegment && prepared_.insert(u).second) recompute_needed(u);
    if (unit.kind != Kind::kCoupling) return;
    invert(u, 0);
    const bool looks_ahead = schedule_ == TrainingSchedule::kOverlapped && !unit.is_first_of_chain;
    if (!looks_ahead) return;
    // The coupling before is the nearest one of its chain.
    std::size_t before = u - 1;
    while (plan_.units[before].kind != Kind::kCoupling || plan_.units[before].chain != unit.chain) {
      --before;
    }
    if (before + 1 == u) invert(before, 1);
  }

  void run_again(std::size_t node, int lane) {
    TrainingStep step = *forward_of_.at(node);
    step.recomputes = true;
    step.lane = lane;
    for (TrainingTensorId& id : step.reads) id = now(id);
    std::erase_if(step.writes, [](const StepOutput& output) { return output.accumulates; });
    for (StepOutput& output : step.writes) output.tensor = renewed(output.tensor);
    result_.steps.push_back(std::move(step));
  }

  /// The nodes of a segment that make what its backward steps read.
  void recompute_needed(std::size_t u) {
    std::unordered_set<std::size_t> nodes;
    std::vector<TrainingTensorId> open = needs_[u];
    while (!open.empty()) {
      const TrainingTensorId id = open.back();
      open.pop_back();
      const auto maker = maker_.find(index(id));
      // What was computed again already, or comes from elsewhere, is there.
      if (maker == maker_.end() || unit_of_.at(maker->second) != u || now(id) != id) continue;
      if (!nodes.insert(maker->second).second) continue;
      const auto& reads = forward_of_.at(maker->second)->reads;
      open.insert(open.end(), reads.begin(), reads.end());
    }
    for (const std::size_t node : plan_.units[u].nodes) {
      if (nodes.contains(node)) run_again(node, 0);
    }
  }

  void invert(std::size_t u, int lane) {
    if (!prepared_.insert(u).second) return;
    const Coupling& coupling = *plan_.units[u].coupling;
    for (const std::size_t node : coupling.branch) run_again(node, lane);
    if (is_wanted(coupling.skip, u)) {
      reconstruct(coupling.node, coupling.result, coupling.operand, coupling.skip, lane);
    }
    if (schedule_ == TrainingSchedule::kNaive) {
      for (const std::size_t node : coupling.branch) run_again(node, lane);
    }
    for (auto move = coupling.moves.rbegin(); move != coupling.moves.rend(); ++move) {
      const GraphNode& node = graph_.nodes()[*move];
      reconstruct(*move, node.outputs.front(), std::nullopt, node.inputs.front(), lane);
    }
  }

  /// Streams that a chain begins with are wanted only where a backward step reads them.
  bool is_wanted(TensorId stream, std::size_t u) const {
    return !plan_.units[u].is_first_of_chain || read_back_.contains(index(stored_id(stream)));
  }

  void reconstruct(std::size_t node, TensorId result, std::optional<TensorId> operand,
                   TensorId wanted, int lane) {
    TrainingStep step{.kind = StepKind::kReconstruct,
                      .name = graph_.nodes()[node].name,
                      .node = node,
                      .lane = lane};
    step.reads.push_back(now(stored_id(result)));
    if (operand) step.reads.push_back(now(stored_id(*operand)));
    step.writes.push_back({renewed(stored_id(wanted))});
    result_.steps.push_back(std::move(step));
  }

  const Graph& graph_;
  const SchedulePlan& plan_;
  TrainingSchedule schedule_;
  const TrainingGraph stored_;
  TrainingGraph result_;
  std::vector<TrainingTensorId> now_;  ///< which tensor stands for which, by TrainingTensorId
  std::unordered_map<std::size_t, TrainingTensorId> of_source_;           // by TensorId
  std::unordered_map<std::size_t, std::size_t> unit_of_;                  // by node
  std::unordered_map<std::size_t, const TrainingStep*> forward_of_;       // by node
  std::unordered_map<std::size_t, std::size_t> maker_;                    // by TrainingTensorId
  std::unordered_map<std::size_t, std::vector<TrainingTensorId>> needs_;  // by unit
  std::unordered_set<std::size_t> read_back_;                             // TrainingTensorIds
  std::unordered_set<std::size_t> prepared_;                              // units
};

}  // namespace

TrainingGraph make_scheduled_graph(const Graph& graph, const SchedulePlan& plan,
                                   TrainingSchedule schedule, const TrainingGraphOptions& options) {
  TrainingGraphOptions ordered = options;
  ordered.order = plan.order;
  return Scheduler(graph, plan, schedule, make_training_graph(graph, ordered)).schedule();
}

TrainingGraph make_scheduled_graph(const Graph& graph, TrainingSchedule schedule,
                                   const TrainingGraphOptions& options) {
  const ReversibleStructure structure = find_reversible(graph);
  return make_scheduled_graph(graph, plan_schedule(graph, structure, schedule), schedule, options);
}

}  // namespace systerm
