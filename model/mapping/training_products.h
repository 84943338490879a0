// SPDX-License-Identifier: Apache-2.0
// The matrix products of one training iteration of a network, forward, backward data and weight
// gradient of every layer with a product, and their cycles on an array of fMACs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "components/array/fmac_timing.h"
#include "workloads/network/network.h"

namespace systerm {

/// All products of one kind of one layer.
struct TrainingProduct {
  std::string layer;
  FmacGemm gemm;           ///< of one of them
  std::int64_t count = 1;  ///< groups of a convolution, images of a product of two activations

  std::int64_t macs() const { return count * gemm.m * gemm.k * gemm.n; }
};

/// In the order of execution: forward through the layers, then back. A layer that reads the
/// network's input gets no backward data.
std::vector<TrainingProduct> training_products(const Network& network,
                                               const FmacMantissas& mantissas);

/// Products of one layer that fit side by side share the array, each with rows and columns of its
/// own; the others follow one after the other.
FmacCycles training_cycles(const FmacArray& array, const TrainingProduct& product);

}  // namespace systerm
