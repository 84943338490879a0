// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/training_products.h"

#include <algorithm>
#include <stdexcept>

#include "components/arithmetic/ceil_div.h"

namespace systerm {
namespace {

TrainingProduct product_of(const Network& network, const Layer& layer) {
  const Gemm& gemm = *layer.gemm();
  TrainingProduct product{
      .layer = layer.name, .gemm = {.m = gemm.m, .k = gemm.k, .n = gemm.n}, .count = gemm.groups};
  if (gemm.second) {  // every image has its own second operand
    const std::int64_t images = network.feature(layer.output).shape.images;
    product.count *= images;
    product.gemm.m /= images;
  }
  return product;
}

bool reads_input(const Network& network, const Layer& layer) {
  return std::ranges::find(network.inputs, layer.inputs.front()) != network.inputs.end();
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

}  // namespace

std::vector<TrainingProduct> training_products(const Network& network,
                                               const FmacMantissas& mantissas) {
  std::vector<TrainingProduct> forward;
  std::vector<TrainingProduct> backward;
  for (const Layer& layer : network.layers) {
    if (layer.gemm() == nullptr) continue;
    TrainingProduct product = product_of(network, layer);
    // In a product of two activations the second one takes the place of the weights.
    FmacMantissas operands = mantissas;
    if (layer.gemm()->second) operands.weights = mantissas.activations;
    const auto in_mode = [&](FmacMode mode) {
      product.gemm.mode = mode;
      product.gemm.passes = fmac_passes(mode, operands);
      return product;
    };
    backward.push_back(in_mode(FmacMode::kResultsHeld));
    if (!reads_input(network, layer)) backward.push_back(in_mode(FmacMode::kResultsUp));
    forward.push_back(in_mode(FmacMode::kResultsRight));
  }
  forward.insert(forward.end(), backward.rbegin(), backward.rend());
  return forward;
}

FmacCycles training_cycles(const FmacArray& array, const TrainingProduct& product) {
  const Extent extent = extent_of(array, product.gemm);
  const std::int64_t together =
      std::max<std::int64_t>(1, std::min(array.rows / extent.rows, array.columns / extent.columns));
  const std::int64_t rounds = ceil_div(product.count, together);
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
