// SPDX-License-Identifier: Apache-2.0
#include "components/array/product_pass.h"

#include <algorithm>

namespace systerm {
namespace {

/// Cells that a sum passes, and cells that the operand across it passes. Rows of a design run along
/// the sum of the forward product.
struct Extent {
  std::int64_t sum_cells;
  std::int64_t other_cells;
};

Extent extent_of(const ArrayConfig& array, FmacMode mode) {
  if (mode == FmacMode::kResultsRight) return {array.rows, array.columns};
  return {array.columns, array.rows};
}

std::int64_t hop_cycles(const ArrayProduct& product) {
  return product.accumulation == BfpAccumulation::kPerPass ? product.passes : 1;
}

std::int64_t skew_cycles(const ArrayConfig& array, const ArrayProduct& product) {
  const Extent extent = extent_of(array, product.mode);
  const std::int64_t hop = product.mode == FmacMode::kResultsHeld ? 1 : hop_cycles(product);
  return (extent.sum_cells - 1) * hop + extent.other_cells - 1;
}

}  // namespace

std::int64_t product_items(const ArrayProduct& product, const Step& step, const WeightTile& tile) {
  return product.mode == FmacMode::kResultsHeld ? tile.slots : step.vectors;
}

std::int64_t sum_return_cycles(const ArrayConfig& array, const ArrayProduct& product) {
  return extent_of(array, product.mode).sum_cells * hop_cycles(product);
}

ProductStepCycles product_pass(const ArrayConfig& array, const ArrayProduct& product,
                               const Step& step, const WeightTile& tile, bool is_last,
                               std::int64_t interval_cycles, std::int64_t source_cycles) {
  const std::int64_t items = product_items(product, step, tile);
  ProductStepCycles cycles;
  cycles.pass.busy = items * product.passes;
  cycles.pass.source = std::max({std::int64_t{0}, items * interval_cycles - cycles.pass.busy,
                                 source_cycles - cycles.pass.busy});
  if (product.mode == FmacMode::kResultsHeld && step.completes_sums) {
    cycles.pass.skew = array.columns;
    // Results leave a column in every second cycle, the first one after the end of the pass.
    if (!is_last) {
      cycles.pass.skew += std::max<std::int64_t>(0, array.columns - 1 - cycles.pass.busy);
    }
  }
  const std::int64_t skew = skew_cycles(array, product);
  if (is_last) cycles.pass.skew += skew;
  cycles.results_after = cycles.pass.total() + (is_last ? 0 : skew);
  return cycles;
}

}  // namespace systerm
