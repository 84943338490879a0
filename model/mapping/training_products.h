// SPDX-License-Identifier: Apache-2.0
// The matrix products of one training iteration, forward, backward data and weight gradient of
// every layer with a product, and their cycles on an array of fMACs by closed forms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "components/array/fmac_timing.h"
#include "workloads/training/training_graph.h"

namespace systerm {

/// All products of one kind of one layer.
struct TrainingProduct {
  std::string layer;
  std::size_t step = 0;     ///< into TrainingGraph::steps
  FmacGemm gemm;            ///< of one of them
  std::int64_t count = 1;   ///< groups of a convolution, images of a product of two activations
  FmacMantissas mantissas;  ///< of its operands; a second activation counts as weights

  std::int64_t macs() const { return count * gemm.m * gemm.k * gemm.n; }
};

/// Layers with products.
std::size_t product_layers(const TrainingGraph& graph);

/// In the order of the steps. `mantissas` by layer with products, or one for all.
std::vector<TrainingProduct> training_products(const TrainingGraph& graph,
                                               std::span<const FmacMantissas> mantissas);

/// How many products of a layer fit side by side, each with rows and columns of its own.
std::int64_t products_together(const FmacArray& array, const TrainingProduct& product);

/// Those that do not fit side by side follow one after the other.
FmacCycles training_cycles(const FmacArray& array, const TrainingProduct& product);

}  // namespace systerm
