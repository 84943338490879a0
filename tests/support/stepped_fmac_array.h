// SPDX-License-Identifier: Apache-2.0
// An array of fMACs stepped cycle by cycle, cell by cell: operands and sums move one cell a cycle
// through registers, a cell multiplies one chunk of each side a cycle. The reference for the closed
// forms of its timing and for the bits of its results.
#pragma once

#include <cstdint>
#include <vector>

#include "components/arithmetic/block_floating_point.h"
#include "components/array/fmac_timing.h"

namespace systerm::test {

struct SteppedFmacResult {
  std::int64_t cycles = 0;  ///< up to the last result outside the array
  std::vector<float> sums;  ///< [outer of left][outer of right]
};

/// left . right^T of two matrices with groups along the contraction: A and W (results right), dO
/// and W (up), A and dO (held). Throws std::logic_error if operands that belong together fail to
/// meet, a sum comes in before it has left, or two results leave a column at a time.
SteppedFmacResult step_fmac_array(const FmacArray& array, FmacMode mode, const BfpMatrix& left,
                                  const BfpMatrix& right);

}  // namespace systerm::test
