// SPDX-License-Identifier: Apache-2.0
// Matrix product in single precision with one order of summation, whatever the instruction set, the
// number of threads or the way the result is cut into blocks: the same bits everywhere.
#pragma once

#include <cstddef>

namespace systerm {

/// Terms that are summed one after the other before the sum is added to those before.
inline constexpr std::size_t kFloatGemmDepth = 128;

/// Element (row, column) is values[row * row_stride + column * column_stride].
struct FloatOperand {
  const float* values = nullptr;
  std::size_t row_stride = 0;
  std::size_t column_stride = 1;

  FloatOperand transposed() const { return {values, column_stride, row_stride}; }
};

/// Part of the result: rows and columns from the first to the one before the last.
struct FloatBlock {
  std::size_t first_row = 0;
  std::size_t end_row = 0;
  std::size_t first_column = 0;
  std::size_t end_column = 0;
};

/// sums[row * sums_stride + column] = sum over k of left(row, k) * right(k, column) for the rows
/// and columns of `block`. The k are taken in order, kFloatGemmDepth at a time; every product and
/// every sum is rounded to single precision.
void float_gemm(const FloatOperand& left, const FloatOperand& right, std::size_t contraction,
                const FloatBlock& block, float* sums, std::size_t sums_stride);

}  // namespace systerm
