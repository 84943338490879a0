// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/training_products.h"

#include <algorithm>
#include <stdexcept>

namespace systerm {
namespace {

std::int64_t chunks(int mantissa_bits) { return (mantissa_bits + 1) / 2; }
std::int64_t parts(std::int64_t size, std::int64_t part) { return (size + part - 1) / part; }

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
      return {gemm.n, parts(gemm.k, array.group_size)};
    case FmacMode::kResultsUp:
      return {parts(gemm.n, array.group_size), gemm.k};
    case FmacMode::kResultsHeld:
      return {gemm.n, gemm.k};
  }
  throw std::logic_error("no such mode");
}

}  // namespace

std::vector<TrainingProduct> training_products(const Network& network,
                                               const TrainingMantissas& mantissas) {
  std::vector<TrainingProduct> forward;
  std::vector<TrainingProduct> backward;
  const std::int64_t weights = chunks(mantissas.weights);
  const std::int64_t activations = chunks(mantissas.activations);
  const std::int64_t gradients = chunks(mantissas.gradients);
  for (const Layer& layer : network.layers) {
    if (layer.gemm() == nullptr) continue;
    TrainingProduct product = product_of(network, layer);
    // In a product of two activations the second one takes the place of the weights.
    const std::int64_t held = layer.gemm()->second ? activations : weights;
    product.gemm.mode = FmacMode::kResultsHeld;
    product.gemm.passes = activations * gradients;
    backward.push_back(product);
    if (!reads_input(network, layer)) {
      product.gemm.mode = FmacMode::kResultsUp;
      product.gemm.passes = gradients * held;
      backward.push_back(product);
    }
    product.gemm.mode = FmacMode::kResultsRight;
    product.gemm.passes = activations * held;
    forward.push_back(product);
  }
  forward.insert(forward.end(), backward.rbegin(), backward.rend());
  return forward;
}

FmacCycles training_cycles(const FmacArray& array, const TrainingProduct& product) {
  const Extent extent = extent_of(array, product.gemm);
  const std::int64_t together =
      std::max<std::int64_t>(1, std::min(array.rows / extent.rows, array.columns / extent.columns));
  const std::int64_t rounds = parts(product.count, together);
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
