// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/masked_training.h"

namespace systerm {

std::vector<SparseLayer> sparse_layers(const TrainingEngine& engine,
                                       std::span<const std::string> names,
                                       const PackingParameters& packing) {
  std::vector<SparseLayer> layers;
  for (const std::string& name : names) {
    const MatrixView weights = engine.weights(name);
    SparseLayer& layer = layers.emplace_back();
    layer.name = name;
    layer.rows = weights.rows;
    layer.columns = weights.columns;
    layer.weights.assign(weights.values.begin(), weights.values.end());
    layer.mask.assign(layer.weights.size(), 1);
    layer.packing = packing;
  }
  return layers;
}

void apply_masks(std::span<const SparseLayer> layers, TrainingEngine& engine) {
  for (const SparseLayer& layer : layers) engine.set_weights(layer.name, layer.weights, layer.mask);
}

void take_trained(const TrainingEngine& engine, std::span<SparseLayer> layers) {
  for (SparseLayer& layer : layers) {
    const MatrixView trained = engine.weights(layer.name);
    for (std::size_t i = 0; i < layer.weights.size(); ++i) {
      if (layer.mask[i] != 0) layer.weights[i] = trained.values[i];
    }
  }
}

}  // namespace systerm
