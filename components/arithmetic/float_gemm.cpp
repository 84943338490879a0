// SPDX-License-Identifier: Apache-2.0
// A panel of columns is packed for kFloatGemmDepth terms and stays in the first-level cache while
// all rows pass over it, a few at a time with their sums in registers.
#include "components/arithmetic/float_gemm.h"

#include <algorithm>
#include <cstring>
#include <vector>

// Blocks are arrays of SIMD vectors, which vectors of unknown size cannot form.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#define HWY_BROKEN_EMU128 0
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "components/arithmetic/float_gemm.cpp"
// Compiles this file once for every target; comes before the rest of Highway.
#include <hwy/aligned_allocator.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace systerm::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;

constexpr std::size_t kLanes = hn::MaxLanes(Floats());
constexpr std::size_t kVectors = 2;
constexpr std::size_t kPanel = kVectors * kLanes;
constexpr std::size_t kRows = 6;

/// Terms first_k to first_k + depth - 1 of the columns of a panel, [depth][kPanel], zeros behind.
void pack_panel(const FloatOperand& right, std::size_t first_k, std::size_t depth,
                std::size_t first_column, std::size_t columns, float* panel) {
  if (columns < kPanel) std::memset(panel, 0, depth * kPanel * sizeof(float));
  const float* from =
      right.values + first_k * right.row_stride + first_column * right.column_stride;
  if (right.column_stride == 1) {
    for (std::size_t k = 0; k < depth; ++k) {
      std::memcpy(panel + k * kPanel, from + k * right.row_stride, columns * sizeof(float));
    }
    return;
  }
  for (std::size_t column = 0; column < columns; ++column) {
    const float* const source = from + column * right.column_stride;
    for (std::size_t k = 0; k < depth; ++k) {
      panel[k * kPanel + column] = source[k * right.row_stride];
    }
  }
}

/// kCount rows of sums; those of earlier terms are added to unless these are the first.
template <std::size_t kCount>
void multiply(const float* left, const FloatOperand& layout, std::size_t depth,
              const float* HWY_RESTRICT panel, std::size_t columns, bool is_first, float* sums,
              std::size_t sums_stride) {
  const Floats tag;
  hn::Vec<Floats> block[kCount][kVectors];
  for (std::size_t r = 0; r < kCount; ++r) {
    for (std::size_t v = 0; v < kVectors; ++v) block[r][v] = hn::Zero(tag);
  }
  for (std::size_t k = 0; k < depth; ++k) {
    const auto first = hn::Load(tag, panel + k * kPanel);
    const auto second = hn::Load(tag, panel + k * kPanel + kLanes);
    for (std::size_t r = 0; r < kCount; ++r) {
      const auto value = hn::Set(tag, left[r * layout.row_stride + k * layout.column_stride]);
      block[r][0] = hn::Add(block[r][0], hn::Mul(value, first));
      block[r][1] = hn::Add(block[r][1], hn::Mul(value, second));
    }
  }
  for (std::size_t r = 0; r < kCount; ++r) {
    float* const to = sums + r * sums_stride;
    if (columns == kPanel) {
      for (std::size_t v = 0; v < kVectors; ++v) {
        float* const at = to + v * kLanes;
        hn::StoreU(is_first ? block[r][v] : hn::Add(hn::LoadU(tag, at), block[r][v]), tag, at);
      }
      continue;
    }
    HWY_ALIGN float row[kPanel];
    for (std::size_t v = 0; v < kVectors; ++v) hn::Store(block[r][v], tag, row + v * kLanes);
    for (std::size_t c = 0; c < columns; ++c) to[c] = is_first ? row[c] : to[c] + row[c];
  }
}

template <std::size_t kCount, class... Arguments>
void multiply_rows(std::size_t rows, const Arguments&... arguments) {
  if constexpr (kCount > 1) {
    if (rows < kCount) return multiply_rows<kCount - 1>(rows, arguments...);
  }
  multiply<kCount>(arguments...);
}

void product_of_block(const FloatOperand& left, const FloatOperand& right, std::size_t contraction,
                      const FloatBlock& block, float* sums, std::size_t sums_stride) {
  const auto panel = hwy::AllocateAligned<float>(kFloatGemmDepth * kPanel);
  for (std::size_t column = block.first_column; column < block.end_column; column += kPanel) {
    const std::size_t columns = std::min(kPanel, block.end_column - column);
    for (std::size_t k = 0; k < contraction; k += kFloatGemmDepth) {
      const std::size_t depth = std::min(kFloatGemmDepth, contraction - k);
      pack_panel(right, k, depth, column, columns, panel.get());
      for (std::size_t row = block.first_row; row < block.end_row; row += kRows) {
        multiply_rows<kRows>(
            block.end_row - row, left.values + row * left.row_stride + k * left.column_stride, left,
            depth, panel.get(), columns, k == 0, sums + row * sums_stride + column, sums_stride);
      }
    }
  }
}

}  // namespace
}  // namespace systerm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace systerm {

HWY_EXPORT(product_of_block);

void float_gemm(const FloatOperand& left, const FloatOperand& right, std::size_t contraction,
                const FloatBlock& block, float* sums, std::size_t sums_stride) {
  if (contraction == 0) {
    for (std::size_t row = block.first_row; row < block.end_row; ++row) {
      std::fill(sums + row * sums_stride + block.first_column,
                sums + row * sums_stride + block.end_column, 0.0F);
    }
    return;
  }
  HWY_DYNAMIC_DISPATCH(product_of_block)
  (left, right, contraction, block, sums, sums_stride);
}

}  // namespace systerm
#endif
