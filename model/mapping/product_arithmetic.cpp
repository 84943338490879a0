// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/product_arithmetic.h"

#include <stdexcept>

#include <fmt/format.h>

#include "components/arithmetic/block_floating_point.h"

namespace systerm {
namespace {

/// A chunk of two bits has its own sign.
constexpr std::int64_t kStoredChunkBits = 3;

}  // namespace

ProductArithmetic fmac_arithmetic(const Design& design, BfpAccumulation accumulation,
                                  int exponent_bits) {
  if (design.array.cell != "fmac") {
    throw std::invalid_argument(
        fmt::format("design {} has cells {}; training in block floating point needs cell fmac",
                    design.name, design.array.cell));
  }
  const int group_size = design.array.max_group_size;
  ProductArithmetic arithmetic;
  // Rows of a design run along the sum, those of FAST along the outputs.
  arithmetic.array = {.rows = design.array.columns,
                      .columns = design.array.rows,
                      .group_size = group_size,
                      .accumulation = accumulation};
  arithmetic.operand = [group_size, exponent_bits](int mantissa_bits) {
    return OperandFormat{group_size, kStoredChunkBits * bfp_chunks(mantissa_bits), exponent_bits};
  };
  arithmetic.cells = [group_size](int held_bits, int moving_bits) {
    FormatParameters parameters;
    parameters.group_size = group_size;
    parameters.weight_mantissa_bits = held_bits;
    parameters.data_mantissa_bits = moving_bits;
    return std::shared_ptr<const Format>(make_format("bfp", parameters));
  };
  return arithmetic;
}

}  // namespace systerm
