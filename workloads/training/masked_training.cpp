// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/masked_training.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace systerm {

MaskedTraining::MaskedTraining(TrainingEngine& engine, const std::vector<std::string>& parameters)
    : engine_(engine) {
  const TrainingState state = engine_.state();
  for (const std::string& name : parameters) {
    const auto tensor = std::ranges::find(state.tensors, name, &StateTensor::name);
    if (tensor == state.tensors.end() || tensor->shape.size() < 2) {
      throw std::invalid_argument(fmt::format("'{}' is no matrix of weights of the network", name));
    }
    tensors_.emplace(name, static_cast<std::size_t>(tensor - state.tensors.begin()));
  }
}

std::vector<SparseLayer> MaskedTraining::layers(const PackingParameters& packing) const {
  const TrainingState state = engine_.state();
  std::vector<SparseLayer> layers;
  for (const auto& [name, position] : tensors_) {
    const StateTensor& tensor = state.tensors[position];
    SparseLayer& layer = layers.emplace_back();
    layer.name = name;
    layer.rows = static_cast<std::size_t>(tensor.shape.front());
    layer.columns = tensor.values.size() / layer.rows;
    layer.weights = tensor.values;
    layer.mask.assign(tensor.values.size(), 1);
    layer.packing = packing;
  }
  return layers;
}

LossResult MaskedTraining::train(std::span<SparseLayer> layers, std::span<const float> samples,
                                 std::span<const std::int64_t> labels, double learning_rate) {
  apply(layers);
  const LossResult loss = engine_.train(samples, labels, learning_rate);
  const TrainingState state = engine_.state();
  for (SparseLayer& layer : layers) {
    const std::vector<float>& trained = state.tensors[tensors_.at(layer.name)].values;
    for (std::size_t i = 0; i < trained.size(); ++i) {
      if (layer.mask[i] != 0) layer.weights[i] = trained[i];
    }
  }
  return loss;
}

void MaskedTraining::apply(std::span<const SparseLayer> layers) {
  TrainingState state = engine_.state();
  for (const SparseLayer& layer : layers) {
    state.tensors[tensors_.at(layer.name)].values = layer.masked_weights();
  }
  engine_.restore(state);
}

}  // namespace systerm
