// SPDX-License-Identifier: Apache-2.0
// How an iteration comes by the activations that its backward steps read: kept from the forward
// pass, or computed again. A schedule is a transformation of the training graph.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "workloads/graph/reversible.h"
#include "workloads/training/training_graph.h"

namespace systerm {

enum class TrainingSchedule : std::uint8_t {
  kStored,      ///< every activation is kept
  kCheckpoint,  ///< the inputs of every sqrt(L)-th of L residual blocks are kept
  kMerged,      ///< couplings are inverted; what that computes serves the gradients
  kNaive,       ///< couplings are inverted, then their functions run forward again
  kOverlapped,  ///< as merged; a coupling is inverted beside the gradients of the one behind it
};
inline constexpr std::array<TrainingSchedule, 5> kAllTrainingSchedules{
    TrainingSchedule::kStored, TrainingSchedule::kCheckpoint, TrainingSchedule::kMerged,
    TrainingSchedule::kNaive, TrainingSchedule::kOverlapped};
std::string_view to_string(TrainingSchedule schedule);
inline bool is_reversing(TrainingSchedule schedule) {
  return schedule == TrainingSchedule::kMerged || schedule == TrainingSchedule::kNaive ||
         schedule == TrainingSchedule::kOverlapped;
}

/// What a schedule does with the nodes of a graph, side by side in its order.
struct ScheduleUnit {
  enum class Kind : std::uint8_t {
    kOutside,   ///< before the first residual block, or behind the last one
    kBlock,     ///< of residual blocks; all that is made is kept
    kSegment,   ///< of residual blocks; what it reads is kept, what it makes is computed again
    kCoupling,  ///< of a reversible chain; its skip operand is computed from its result
  };
  Kind kind = Kind::kOutside;
  std::vector<std::size_t> nodes;
  const Coupling* coupling = nullptr;
  std::size_t chain = 0;  ///< of a coupling
  bool is_first_of_chain = false;
};

struct SchedulePlan {
  std::vector<std::size_t> order;   ///< of the nodes
  std::vector<ScheduleUnit> units;  ///< in that order
};

/// Throws GraphError for a schedule that reverses a graph without couplings, or that checkpoints
/// one without residual blocks. `structure` must outlive the plan.
SchedulePlan plan_schedule(const Graph& graph, const ReversibleStructure& structure,
                           TrainingSchedule schedule);

/// The training graph under a schedule: the tensors of the stored one keep their numbers, those
/// that are computed again come behind them. Weight gradients come before data gradients, which may
/// then overwrite what both read. options.order is ignored.
TrainingGraph make_scheduled_graph(const Graph& graph, const SchedulePlan& plan,
                                   TrainingSchedule schedule, const TrainingGraphOptions& options);
/// With structure and plan of its own.
TrainingGraph make_scheduled_graph(const Graph& graph, TrainingSchedule schedule,
                                   const TrainingGraphOptions& options = {});

}  // namespace systerm
