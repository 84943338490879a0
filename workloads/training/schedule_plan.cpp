// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "workloads/graph/residual_branch.h"
#include "workloads/training/training_schedule.h"

namespace systerm {

std::string_view to_string(TrainingSchedule schedule) {
  constexpr std::array<std::string_view, 5> kNames{"stored", "checkpoint", "merged", "naive",
                                                   "overlapped"};
  return kNames[static_cast<std::size_t>(schedule)];
}

namespace {

using Kind = ScheduleUnit::Kind;

class Planner {
 public:
  Planner(const Graph& graph, const ReversibleStructure& structure, TrainingSchedule schedule)
      : graph_(graph), structure_(structure), schedule_(schedule), branches_(graph) {
    plan_.order = coupling_order(graph, structure);
    place_.resize(graph.nodes().size());
    for (std::size_t i = 0; i < plan_.order.size(); ++i) place_[plan_.order[i]] = i;
  }

  SchedulePlan plan() {
    find_blocks();
    if (is_reversing(schedule_)) {
      if (structure_.is_empty()) {
        throw GraphError(fmt::format(
            "schedule {}: '{}' has no reversible blocks; mark some, or choose stored or checkpoint",
            to_string(schedule_), graph_.name));
      }
      plan_reversing();
    } else if (schedule_ == TrainingSchedule::kCheckpoint) {
      if (block_ends_.empty()) {
        throw GraphError(
            fmt::format("schedule checkpoint: '{}' has no residual blocks", graph_.name));
      }
      plan_checkpoints();
    } else {
      cut(0, first_, Kind::kOutside);
      cut(first_, end_, Kind::kBlock);
      cut(end_, plan_.order.size(), Kind::kOutside);
    }
    return std::move(plan_);
  }

 private:
  /// Places behind the last node of each residual block.
  void find_blocks() {
    first_ = plan_.order.size();
    for (const std::size_t i : plan_.order) {
      const GraphNode& node = graph_.nodes()[i];
      if (!is_stream_addition(graph_, node)) continue;
      bool is_block = false;
      for (const TensorId operand : node.inputs) {
        for (const std::size_t each : branches_.behind(operand).nodes) {
          if (is_rearrangement(graph_, graph_.nodes()[each])) continue;
          is_block = true;
          first_ = std::min(first_, place_[each]);
        }
      }
      if (is_block) block_ends_.push_back(behind_activation(i));
    }
    end_ = block_ends_.empty() ? first_ : block_ends_.back();
  }

  /// The addition, and the activation that alone reads it.
  std::size_t behind_activation(std::size_t addition) const {
    const auto& readers = branches_.readers(graph_.nodes()[addition].outputs.front());
    const bool is_activated = readers.size() == 1 && std::holds_alternative<op::Activate>(
                                                         graph_.nodes()[readers.front()].operation);
    return place_[is_activated ? readers.front() : addition] + 1;
  }

  void cut(std::size_t begin, std::size_t end, Kind kind) {
    if (begin >= end) return;
    ScheduleUnit unit{.kind = kind, .nodes = {}};
    for (std::size_t i = begin; i < end; ++i) unit.nodes.push_back(plan_.order[i]);
    plan_.units.push_back(std::move(unit));
  }

  void plan_checkpoints() {
    const auto blocks = static_cast<double>(block_ends_.size());
    const auto step = static_cast<std::size_t>(std::ceil(std::sqrt(blocks)));
    cut(0, first_, Kind::kOutside);
    std::size_t begin = first_;
    for (std::size_t i = step - 1; i + 1 < block_ends_.size(); i += step) {
      cut(begin, block_ends_[i], Kind::kSegment);
      begin = block_ends_[i];
    }
    // Nothing comes between the forward and the backward steps of the last segment.
    cut(begin, end_, Kind::kBlock);
    cut(end_, plan_.order.size(), Kind::kOutside);
  }

  void plan_reversing() {
    std::vector<ScheduleUnit> couplings;
    for (std::size_t c = 0; c < structure_.chains.size(); ++c) {
      for (const Coupling& coupling : structure_.chains[c].couplings) {
        couplings.push_back(
            {.kind = Kind::kCoupling,
             .nodes = {},
             .coupling = &coupling,
             .chain = c,
             .is_first_of_chain = &coupling == &structure_.chains[c].couplings.front()});
      }
    }
    std::ranges::sort(couplings, {},
                      [&](const ScheduleUnit& unit) { return place_[unit.coupling->node]; });
    std::size_t begin = 0;
    for (ScheduleUnit& unit : couplings) {
      const std::size_t own = unit.coupling->moves.size() + unit.coupling->branch.size() + 1;
      const std::size_t end = place_[unit.coupling->node] + 1;
      cut_between(begin, end - own);
      for (std::size_t i = end - own; i < end; ++i) unit.nodes.push_back(plan_.order[i]);
      plan_.units.push_back(std::move(unit));
      begin = end;
    }
    cut(begin, std::max(begin, end_), Kind::kBlock);
    cut(std::max(begin, end_), plan_.order.size(), Kind::kOutside);
  }

  /// Nodes that stand between two couplings, or before the first one.
  void cut_between(std::size_t begin, std::size_t end) {
    cut(begin, std::min(first_, end), Kind::kOutside);
    cut(std::max(begin, first_), end, Kind::kSegment);
  }

  const Graph& graph_;
  const ReversibleStructure& structure_;
  TrainingSchedule schedule_;
  ResidualBranches branches_;
  SchedulePlan plan_;
  std::vector<std::size_t> place_;
  std::vector<std::size_t> block_ends_;
  std::size_t first_ = 0;  ///< place of the first node of a residual block
  std::size_t end_ = 0;    ///< behind the last one
};

}  // namespace

SchedulePlan plan_schedule(const Graph& graph, const ReversibleStructure& structure,
                           TrainingSchedule schedule) {
  return Planner(graph, structure, schedule).plan();
}

}  // namespace systerm
