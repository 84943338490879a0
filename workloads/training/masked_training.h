// SPDX-License-Identifier: Apache-2.0
// Trains the layers of a network under masks, as joint optimisation (optimise_jointly) wants it
// between two prune points. Source: arXiv 1811.04770 and the code published with it.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "workloads/sparsity/joint_optimisation.h"
#include "workloads/training/training_engine.h"

namespace systerm {

class MaskedTraining {
 public:
  /// `parameters` are the weights to prune: of convolutions in one group and of linear layers whose
  /// filters come first. Throws std::invalid_argument for a name that the engine does not have or a
  /// parameter that is no matrix. The engine must outlive this.
  MaskedTraining(TrainingEngine& engine, const std::vector<std::string>& parameters);

  /// One entry a parameter, with its name and the engine's weights, [filters][terms].
  std::vector<SparseLayer> layers(const PackingParameters& packing) const;

  /// One iteration of the engine on weights x masks. What is masked keeps its value; the rest of
  /// `layers` becomes what the engine made of it. Throws as TrainingEngine::train does.
  LossResult train(std::span<SparseLayer> layers, std::span<const float> samples,
                   std::span<const std::int64_t> labels, double learning_rate);

  /// Gives the engine weights x masks, to evaluate or to keep.
  void apply(std::span<const SparseLayer> layers);

 private:
  TrainingEngine& engine_;
  std::map<std::string, std::size_t> tensors_;  ///< by parameter: position in the engine's state
};

}  // namespace systerm
