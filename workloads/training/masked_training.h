// SPDX-License-Identifier: Apache-2.0
// Between the layers of joint optimisation (joint_optimisation.h) and the engine that trains them
// under their masks. Source: arXiv 1811.04770 and the code published with it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "workloads/sparsity/joint_optimisation.h"
#include "workloads/training/training_engine.h"

namespace systerm {

/// The layers of these names, one entry each, with the engine's weights and nothing masked. Throws
/// std::out_of_range for a name that is not among the engine's layers with weights.
std::vector<SparseLayer> sparse_layers(const TrainingEngine& engine,
                                       std::span<const std::string> names,
                                       const PackingParameters& packing);

/// The engine computes with weights x masks from now on, and trains what is not masked.
void apply_masks(std::span<const SparseLayer> layers, TrainingEngine& engine);

/// Takes over what training made of the weights; what is masked keeps its value.
void take_trained(const TrainingEngine& engine, std::span<SparseLayer> layers);

}  // namespace systerm
