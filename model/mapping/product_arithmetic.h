// SPDX-License-Identifier: Apache-2.0
// How the array of a design multiplies in training, and how its operands are stored.
#pragma once

#include <functional>
#include <memory>

#include "components/arithmetic/format.h"
#include "components/array/fmac_timing.h"
#include "model/design/design.h"
#include "model/mapping/tensor_form.h"

namespace systerm {

struct ProductArithmetic {
  FmacArray array;
  /// Of operands with so many mantissa bits.
  std::function<OperandFormat(int mantissa_bits)> operand;
  /// What the cells multiply: mantissa bits of the operand that is held, and of the moving one.
  std::function<std::shared_ptr<const Format>(int held_bits, int moving_bits)> cells;
};

/// Of a design with cells fmac: block floating point with `exponent_bits` for each group of
/// array.max_group_size. Throws std::invalid_argument for other cells.
ProductArithmetic fmac_arithmetic(const Design& design, BfpAccumulation accumulation,
                                  int exponent_bits);

}  // namespace systerm
