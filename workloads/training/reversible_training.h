// SPDX-License-Identifier: Apache-2.0
// What training a network with reversible chains adds to the engine: the schedule, the format of
// the streams, and whether reconstruction gave back what the forward pass had.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "components/arithmetic/residual_stream.h"
#include "workloads/graph/reversible.h"
#include "workloads/training/retention_faults.h"
#include "workloads/training/trainable_operator.h"
#include "workloads/training/training_schedule.h"

namespace systerm {

struct ReversibleOptions {
  TrainingSchedule schedule = TrainingSchedule::kStored;
  StreamFormat stream{.name = "fp32"};
  /// Compares every reconstructed stream with the forward pass, bit for bit. A difference ends
  /// training where the format excludes it; elsewhere it is counted.
  bool check = false;
  std::uint64_t seed = 1;  ///< of stochastic rounding to the streams' grid
  /// Of the memory that holds activations and gradients; nothing for one that keeps everything.
  std::optional<RetentionOptions> retention{};
};

/// Of one iteration.
struct ReversibleReport {
  StreamCounts counts{};
  std::uint64_t compared = 0;  ///< values
  std::uint64_t differing = 0;
  /// Largest one of a stream: norm of the difference over norm of the stream.
  double relative_error = 0.0;
  RetentionCounts retention{};
};

class ReversibleTraining {
 public:
  /// Throws GraphError if the schedule does not suit the graph, std::invalid_argument for a format
  /// that cannot be. `graph` must outlive it.
  ReversibleTraining(const Graph& graph, const ReversibleOptions& options);

  TrainingGraph training_graph(const TrainingGraphOptions& options);
  const ReversibleStructure& structure() const { return structure_; }

  /// The operator of the addition of a coupling, null for other nodes.
  std::unique_ptr<TrainableOperator> coupling_operator(std::size_t node) const;

  void begin_iteration(std::int64_t iteration, const TrainingGraph& training);
  StreamCounts* counts() { return &report_.counts; }
  const ReversibleReport& report() const { return report_; }

  /// Before a training step reads: what its memory forgot. `values` by TrainingTensorId.
  void expose(const TrainingStep& step, const TrainingGraph& training,
              std::vector<std::vector<float>>& values);
  /// Once a step has written. Throws TrainingError.
  void finish(const TrainingStep& step, const TrainingGraph& training,
              std::vector<std::vector<float>>& values, WorkerPool& workers,
              const StepServices& services);

 private:
  void compare(const TrainingTensor& tensor, const std::vector<float>& values,
               const StepServices& services);

  const Graph& graph_;
  ReversibleOptions options_;
  ReversibleStructure structure_;
  SchedulePlan plan_;
  std::shared_ptr<const ResidualStream> stream_;
  bool is_exact_;
  std::unordered_set<std::size_t> begins_;                            // TensorIds
  std::unordered_set<std::size_t> reconstructed_;                     // TensorIds
  std::unordered_map<std::size_t, std::vector<float>> forward_pass_;  // by TensorId
  std::optional<RetentionFaults> faults_;
  ReversibleReport report_;
};

}  // namespace systerm
