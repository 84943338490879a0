// SPDX-License-Identifier: Apache-2.0
// Closed forms for the cycles of one pass over a systolic array. Cell (r, c) works on item i (a
// vector when weights are stationary, a group of the contraction when outputs are) after it arrived
// from (r-1, c) and (r, c-1) and after the cell is done with item i-1. Source: cycle rule of "Term
// Revealing" (arXiv 2007.06389): (P + rows + columns - 2) beats.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "components/array/array_config.h"

namespace systerm {

/// What part of the array a pass uses and what streams through it.
struct PassShape {
  std::int64_t items = 0;    ///< vectors (weight stationary) or weight groups (output stationary)
  std::int64_t rows = 0;     ///< rows of cells in use
  std::int64_t columns = 0;  ///< columns of cells in use
};

struct PassCycles {
  std::int64_t busy = 0;    ///< in which the first cell works
  std::int64_t source = 0;  ///< in which it waits for the source of the operands
  std::int64_t skew = 0;    ///< from its last beat to the last result

  std::int64_t total() const { return busy + source + skew; }
  friend bool operator==(const PassCycles&, const PassCycles&) = default;
};

/// Array synchronised at a beat of `beat_cycles`; the source delivers an item every
/// `interval_cycles`.
PassCycles synchronised_pass(const ArrayConfig& config, const PassShape& shape,
                             std::int64_t beat_cycles, std::int64_t interval_cycles,
                             std::int64_t output_latency_cycles);

/// Lockstep array whose beat b lasts as long as its slowest cell: `beats[b]` cycles, for
/// items + rows + columns - 2 beats. Skew::kBeat only.
PassCycles wavefront_pass(const PassShape& shape, std::span<const std::int64_t> beats,
                          std::int64_t interval_cycles, std::int64_t output_latency_cycles);

/// Cells at work in beat b of a pass: positions with item + row + column = b.
std::int64_t cells_in_wavefront(const PassShape& shape, std::int64_t beat);

/// Cycles to shift the results of an output-stationary tile out of `rows` rows.
inline std::int64_t drain_cycles(std::int64_t rows) { return rows; }

}  // namespace systerm
