// SPDX-License-Identifier: Apache-2.0
// Cycles of one step of a product of training (LayerDescriptor::listed) on the array. Steps follow
// each other without a gap: the next one enters while the results of the last one leave, so that a
// whole product takes what fmac_timing.h says.
#pragma once

#include <cstdint>

#include "components/array/array_config.h"
#include "components/array/array_timing.h"
#include "components/descriptors/layer_descriptor.h"

namespace systerm {

struct ProductStepCycles {
  PassCycles pass;  ///< skew: drain of held results, wait for the output, and the rest at the end
  std::int64_t results_after = 0;  ///< from the first beat to the last result at the array's edge
};

/// Of a step whose operands arrive every `interval_cycles`; `source_cycles` is the least that the
/// source takes for all of them.
ProductStepCycles product_pass(const ArrayConfig& array, const ArrayProduct& product,
                               const Step& step, const WeightTile& tile, bool is_last,
                               std::int64_t interval_cycles, std::int64_t source_cycles);

/// Beats of a step: vectors, or groups where the results are held.
std::int64_t product_items(const ArrayProduct& product, const Step& step, const WeightTile& tile);

/// From a sum's first addition in the array until it can enter again.
std::int64_t sum_return_cycles(const ArrayConfig& array, const ArrayProduct& product);

}  // namespace systerm
