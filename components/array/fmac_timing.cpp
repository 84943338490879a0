// SPDX-License-Identifier: Apache-2.0
#include "components/array/fmac_timing.h"

#include <algorithm>
#include <stdexcept>

#include "components/arithmetic/ceil_div.h"

namespace systerm {
namespace {

// Weights are held; sums pass `sum_cells` cells, operands `other_cells`.
FmacCycles stationary(const FmacArray& array, const FmacGemm& gemm, std::int64_t sum_tiles,
                      std::int64_t output_tiles, std::int64_t sum_cells, std::int64_t other_cells) {
  // A sum goes on to the next cell after the last addition of a group pair. If every pass adds to
  // it, it stays for all of them.
  const std::int64_t hop =
      array.accumulation == BfpAccumulation::kPerPass ? gemm.passes : std::int64_t{1};
  const std::int64_t tile = gemm.m * gemm.passes;
  const std::int64_t interval = array.double_buffered ? std::max(tile, array.weight_load_cycles)
                                                      : tile + array.weight_load_cycles;
  FmacCycles cycles;
  cycles.tiles = sum_tiles * output_tiles;
  cycles.busy = cycles.tiles * tile;
  cycles.load = (cycles.tiles - 1) * (interval - tile);
  // All outputs get their share of one part of the sum before the next part begins; the first sum
  // must have left the array before it comes in again.
  cycles.wait =
      (sum_tiles - 1) * std::max<std::int64_t>(0, sum_cells * hop - output_tiles * interval);
  cycles.skew = (sum_cells - 1) * hop + other_cells - 1;
  return cycles;
}

FmacCycles held(const FmacArray& array, const FmacGemm& gemm) {
  const std::int64_t tile = ceil_div(gemm.m, array.group_size) * gemm.passes;
  FmacCycles cycles;
  cycles.tiles = ceil_div(gemm.k, array.columns) * ceil_div(gemm.n, array.rows);
  cycles.busy = cycles.tiles * tile;
  cycles.drain = cycles.tiles * array.rows;
  // Results of a tile leave a column in every second cycle, the first one after the tile's end.
  cycles.wait = (cycles.tiles - 1) * std::max<std::int64_t>(0, array.rows - 1 - tile);
  cycles.skew = array.rows + array.columns - 2;
  return cycles;
}

}  // namespace

std::int64_t fmac_passes(FmacMode mode, const FmacMantissas& mantissas) {
  const std::int64_t weights = bfp_chunks(mantissas.weights);
  const std::int64_t activations = bfp_chunks(mantissas.activations);
  const std::int64_t gradients = bfp_chunks(mantissas.gradients);
  switch (mode) {
    case FmacMode::kResultsRight:
      return activations * weights;
    case FmacMode::kResultsUp:
      return gradients * weights;
    case FmacMode::kResultsHeld:
      return activations * gradients;
  }
  throw std::logic_error("no such mode");
}

FmacCycles fmac_cycles(const FmacArray& array, const FmacGemm& gemm) {
  for (const std::int64_t size :
       {array.rows, array.columns, array.group_size, gemm.m, gemm.k, gemm.n, gemm.passes}) {
    if (size < 1) throw std::invalid_argument("sizes of an array and of a product are at least 1");
  }
  switch (gemm.mode) {
    case FmacMode::kResultsRight:
      return stationary(array, gemm, ceil_div(gemm.k, array.group_size * array.columns),
                        ceil_div(gemm.n, array.rows), array.columns, array.rows);
    case FmacMode::kResultsUp:
      return stationary(array, gemm, ceil_div(gemm.n, array.group_size * array.rows),
                        ceil_div(gemm.k, array.columns), array.rows, array.columns);
    case FmacMode::kResultsHeld:
      return held(array, gemm);
  }
  throw std::logic_error("no such mode");
}

}  // namespace systerm
