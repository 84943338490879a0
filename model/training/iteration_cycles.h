// SPDX-License-Identifier: Apache-2.0
// Cycles that the products of one training iteration take on an array of fMACs, by the closed forms
// of fmac_timing.h: one product after the other, operands on chip in time, nothing of memory or
// vector unit.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "model/mapping/training_products.h"
#include "workloads/training/precision_choice.h"
#include "workloads/training/training_graph.h"

namespace systerm {

FmacMantissas mantissas_of(const LayerPrecision& precision);
std::vector<FmacMantissas> mantissas_of(const std::vector<LayerPrecision>& precisions);

class IterationCycles {
 public:
  IterationCycles(TrainingGraph graph, const FmacArray& array)
      : graph_(std::move(graph)), array_(array) {}

  /// Of the whole iteration with these mantissa bits, by layer with products.
  std::int64_t cycles(const std::vector<LayerPrecision>& precisions);
  /// With kHighMantissaBits everywhere.
  std::int64_t high_cycles();

 private:
  TrainingGraph graph_;
  FmacArray array_;
  std::map<std::vector<LayerPrecision>, std::int64_t> known_;  ///< each setting is computed once
};

}  // namespace systerm
