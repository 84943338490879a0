// SPDX-License-Identifier: Apache-2.0
// A systolic array stepped cycle by cycle, cell by cell: the reference for the closed forms of its
// timing and for the integer results. Slow and plain on purpose. Source: hardware of "Term
// Revealing" (arXiv 2007.06389).
#pragma once

#include <cstdint>
#include <vector>

#include "components/arithmetic/encoding.h"
#include "components/array/array_config.h"

namespace systerm::test {

struct SteppedArray {
  ArrayConfig config;       ///< dataflow, synchronisation, skew and hop latencies are used
  bool term_serial = true;  ///< one term pair a cycle; else `cycles_per_mac` for every MAC
  std::int64_t cycles_per_mac = 1;
  std::int64_t beat_cycles = 1;      ///< allotted to a group pair when synchronised at the bound
  std::int64_t source_interval = 1;  ///< cycles between two items from the source
  std::int64_t output_latency = 0;
};

/// One tile: every vector meets every group of weights.
struct SteppedOperands {
  std::int64_t vectors = 1;
  std::int64_t groups = 1;
  std::int64_t columns = 1;
  std::int64_t group_size = 1;
  std::vector<TermList> data;     ///< [vectors][groups * group_size]
  std::vector<TermList> weights;  ///< [groups * group_size][columns]
};

struct SteppedResult {
  std::int64_t cycles = 0;         ///< from the first beat to the last result outside the array
  std::vector<std::int64_t> sums;  ///< [vectors][columns]
};

/// Throws std::logic_error if a cell needs more cycles than its beat allots, or if operands that
/// belong together fail to meet.
SteppedResult step_array(const SteppedArray& array, const SteppedOperands& operands);

}  // namespace systerm::test
