// SPDX-License-Identifier: Apache-2.0
// Cycles that the products of one training iteration take on an array of fMACs, by the closed forms
// of fmac_timing.h: one product after the other, operands on chip in time, nothing of memory or
// vector unit.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "components/array/fmac_timing.h"
#include "workloads/training/precision_choice.h"
#include "workloads/training/training_graph.h"

namespace systerm {

/// The weights of a layer in the three products.
struct LayerGemms {
  std::int64_t m = 0;  ///< vectors
  std::int64_t k = 0;  ///< terms
  std::int64_t n = 0;  ///< filters
  bool has_backward_data = false;
  bool has_weight_gradient = false;
};

/// Layers with weights, in forward order. Throws std::invalid_argument for a network with products
/// of other kinds.
std::vector<LayerGemms> layer_gemms(const TrainingGraph& graph);

class IterationCycles {
 public:
  IterationCycles(std::vector<LayerGemms> layers, const FmacArray& array)
      : layers_(std::move(layers)), array_(array) {}

  /// Of the whole iteration with these mantissa bits, by layer.
  std::int64_t cycles(const std::vector<LayerPrecision>& precisions);
  /// With kHighMantissaBits everywhere.
  std::int64_t high_cycles();

 private:
  std::int64_t layer_cycles(const LayerGemms& layer, const LayerPrecision& precision) const;

  std::vector<LayerGemms> layers_;
  FmacArray array_;
  std::map<std::vector<LayerPrecision>, std::int64_t> known_;  ///< each setting is computed once
};

}  // namespace systerm
