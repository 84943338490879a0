// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/training_products.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "components/arithmetic/ceil_div.h"

namespace systerm {
namespace {

FmacGemm gemm_of(const StepGemm& step) {
  switch (step.kind) {
    case ProductKind::kForward:
      return {FmacMode::kResultsRight, step.rows, step.contraction, step.columns, 1};
    case ProductKind::kBackwardData:
      return {FmacMode::kResultsUp, step.rows, step.columns, step.contraction, 1};
    case ProductKind::kWeightGradient:
      return {FmacMode::kResultsHeld, step.contraction, step.rows, step.columns, 1};
  }
  throw std::logic_error("no such product");
}

// Rows and columns of the array that one product takes.
struct Extent {
  std::int64_t rows;
  std::int64_t columns;
};

Extent extent_of(const FmacArray& array, const FmacGemm& gemm) {
  switch (gemm.mode) {
    case FmacMode::kResultsRight:
      return {gemm.n, ceil_div(gemm.k, array.group_size)};
    case FmacMode::kResultsUp:
      return {ceil_div(gemm.n, array.group_size), gemm.k};
    case FmacMode::kResultsHeld:
      return {gemm.n, gemm.k};
  }
  throw std::logic_error("no such mode");
}

bool multiplies_activations(const TrainingGraph& graph, const TrainingStep& forward) {
  const auto is_activation = [&](TrainingTensorId id) {
    const TensorRole role = graph.tensor(id).role;
    return role == TensorRole::kActivation || role == TensorRole::kInput;
  };
  return forward.reads.size() > 1 && is_activation(forward.reads[0]) &&
         is_activation(forward.reads[1]);
}

}  // namespace

std::size_t product_layers(const TrainingGraph& graph) {
  return static_cast<std::size_t>(std::ranges::count_if(graph.steps, [](const TrainingStep& step) {
    return step.kind == StepKind::kForward && !step.gemms.empty();
  }));
}

std::vector<TrainingProduct> training_products(const TrainingGraph& graph,
                                               std::span<const FmacMantissas> mantissas) {
  if (mantissas.size() != 1 && mantissas.size() != product_layers(graph)) {
    throw std::invalid_argument("mantissas are given for each layer, or once for all");
  }
  struct LayerOfNode {
    std::size_t index;
    bool multiplies_activations;
  };
  std::map<std::size_t, LayerOfNode> layers;
  std::vector<TrainingProduct> products;
  for (std::size_t i = 0; i < graph.steps.size(); ++i) {
    const TrainingStep& step = graph.steps[i];
    if (step.gemms.empty()) continue;
    // Recomputed forward steps belong to the layer of the first.
    const auto [found, added] = layers.try_emplace(
        *step.node, LayerOfNode{layers.size(), multiplies_activations(graph, step)});
    const LayerOfNode& layer = found->second;
    FmacMantissas operands = mantissas[mantissas.size() == 1 ? 0 : layer.index];
    if (layer.multiplies_activations) operands.weights = operands.activations;
    for (const StepGemm& gemm : step.gemms) {
      TrainingProduct product{.layer = step.name,
                              .step = i,
                              .gemm = gemm_of(gemm),
                              .count = gemm.count,
                              .mantissas = operands};
      product.gemm.passes = fmac_passes(product.gemm.mode, operands);
      products.push_back(std::move(product));
    }
  }
  return products;
}

std::int64_t products_together(const FmacArray& array, const TrainingProduct& product) {
  const Extent extent = extent_of(array, product.gemm);
  return std::clamp<std::int64_t>(
      std::min(array.rows / extent.rows, array.columns / extent.columns), 1, product.count);
}

FmacCycles training_cycles(const FmacArray& array, const TrainingProduct& product) {
  const std::int64_t rounds = ceil_div(product.count, products_together(array, product));
  FmacCycles cycles = fmac_cycles(array, product.gemm);
  cycles.tiles *= rounds;
  cycles.busy *= rounds;
  cycles.drain *= rounds;
  cycles.load *= rounds;
  cycles.wait *= rounds;
  cycles.skew *= rounds;
  return cycles;
}

}  // namespace systerm
