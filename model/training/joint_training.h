// SPDX-License-Identifier: Apache-2.0
// Column combining while a network is trained: which prune point comes when, the layers with all of
// their weights, masks and groups, and what a checkpoint holds of them. Source: arXiv 1811.04770,
// joint optimisation, and the code published with it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/training/training_experiment.h"
#include "model/training/training_history.h"
#include "workloads/network/network.h"
#include "workloads/sparsity/joint_optimisation.h"
#include "workloads/training/training_engine.h"

namespace systerm {

class JointTraining {
 public:
  /// `layers` are all that have weights. Throws GraphError for a rule that matches none of them, or
  /// rules that treat layers with the same weights differently. The engine must outlive this.
  JointTraining(const ColumnCombiningMethod& method, std::int64_t epoch_iterations,
                const std::vector<std::string>& layers, TrainingEngine& engine);

  int rounds() const { return method_.rounds; }
  /// Rounds whose prune point is past.
  int done() const { return done_; }
  /// Whether the next prune point is where the engine is.
  bool is_due() const;
  /// Goes through it: new masks, under which the engine trains from now on. Throws TrainingError
  /// for weights that are no numbers.
  PruneRound prune();

  const std::vector<SparseLayer>& layers() const { return layers_; }
  /// Without conflicts, which are known at a prune point only.
  static SparsityCount count(const SparseLayer& layer);

  /// Adds all weights, masks and groups to a checkpoint.
  void save(TrainingState& state);
  /// Takes them out of one again, in which `rounds` have been done, and gives the engine the masks.
  /// Throws CheckpointError if they are not those of these layers.
  void restore(TrainingState& state, int rounds);

  /// The network that accelerators run of a trained graph, its layers packed in these groups.
  Network packed(const Graph& trained) const;

 private:
  /// Share that is pruned at the latest prune point.
  double rate(const LayerPacking& packing) const;

  ColumnCombiningMethod method_;
  std::int64_t epoch_iterations_;
  TrainingEngine& engine_;
  std::vector<SparseLayer> layers_;
  int done_ = 0;
};

}  // namespace systerm
