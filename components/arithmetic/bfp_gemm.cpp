// SPDX-License-Identifier: Apache-2.0
// As in gemm.cpp pairs of depth are multiplied, two int16 products into one int32 lane. Where
// passes are accumulated one by one, a word of the left operand holds two chunks, 2^12 apart: one
// integer sum then yields the sums of two passes, each below 2^11 in magnitude.
#include "components/arithmetic/bfp_gemm.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
// As in gemm.cpp: none of the operations that GCC miscompiles is used, and the tests run it.
#define HWY_BROKEN_EMU128 0
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "components/arithmetic/bfp_gemm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef SYSTERM_BFP_PRODUCT
#define SYSTERM_BFP_PRODUCT
namespace systerm {

// A product as the kernels see it; pointers to the operands' first elements.
struct BfpProduct {
  const std::int16_t* left = nullptr;   // [row][group][left_planes][pairs][2]
  const float* left_units = nullptr;    // [row][group]
  const std::int16_t* right = nullptr;  // [panel][group][right_chunks][pairs][16][2]
  const float* right_units = nullptr;   // [panel][group][16]
  float* sums = nullptr;
  std::size_t sums_stride = 0;
  std::size_t columns = 0;
  std::size_t groups = 0;
  std::size_t pairs = 0;  // of depth in a group
  int left_chunks = 1;
  int right_chunks = 1;
  bool accumulate = false;
};

}  // namespace systerm
#endif

HWY_BEFORE_NAMESPACE();
namespace systerm::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kPanel = BfpRight::kPanelColumns;

using Sums = hn::CappedTag<std::int32_t, kPanel>;
using Pairs = hn::Repartition<std::int16_t, Sums>;
using Floats = hn::RebindToFloat<Sums>;
using SumVector = hn::Vec<Sums>;
using FloatVector = hn::Vec<Floats>;

constexpr std::size_t kLanes = hn::MaxLanes(Sums());
constexpr std::size_t kVectors = kPanel / kLanes;

// Integer sums of a block stay in about 12 registers.
constexpr std::size_t rows_of_block(std::size_t planes) {
  return std::max<std::size_t>(1, BfpLeft::kRowBlock / (kVectors * planes));
}

template <int kLeftChunks, int kRightChunks>
class Kernel {
  static constexpr std::size_t kLeftPlanes = (kLeftChunks + 1) / 2;
  static constexpr std::size_t kRightPlanes = kRightChunks;
  static constexpr std::size_t kRows = rows_of_block(kLeftPlanes * kRightPlanes);
  static_assert(BfpLeft::kRowBlock % kRows == 0);

  using Integers = SumVector[kRows][kLeftPlanes][kRightPlanes][kVectors];

 public:
  explicit Kernel(const BfpProduct& product) : p_(product) {}

  // Blocked so that the parts of both operands in use stay in level 1 and 2 of the cache. The sums
  // wait in memory meanwhile, which changes nothing.
  void run(std::size_t first, std::size_t last) const {
    constexpr std::size_t kDepth = 512;
    constexpr std::size_t kRowsAtOnce = 20 * BfpLeft::kRowBlock;
    const std::size_t at_once =
        std::max<std::size_t>(1, kDepth / (2 * p_.pairs * kLeftPlanes * kRightPlanes));
    for (std::size_t row = first; row < last; row += kRowsAtOnce) {
      const std::size_t end = std::min(last, row + kRowsAtOnce);
      for (std::size_t group = 0; group < p_.groups; group += at_once) {
        const std::size_t group_end = std::min(p_.groups, group + at_once);
        for (std::size_t panel = 0; panel * kPanel < p_.columns; ++panel) {
          for (std::size_t r = row; r < end; r += kRows) {
            block(r, std::min(kRows, end - r), panel, group, group_end);
          }
        }
      }
    }
  }

 private:
  void block(std::size_t row, std::size_t rows, std::size_t panel, std::size_t group,
             std::size_t group_end) const {
    const Floats tag;
    const std::size_t width = std::min(kPanel, p_.columns - panel * kPanel);
    const bool start = group == 0 && !p_.accumulate;
    float* const memory = p_.sums + row * p_.sums_stride + panel * kPanel;
    FloatVector totals[kRows][kVectors];
    for (std::size_t r = 0; r < kRows; ++r) {
      const float* const from = start || r >= rows ? nullptr : memory + r * p_.sums_stride;
      for (std::size_t v = 0; v < kVectors; ++v) {
        totals[r][v] = from == nullptr ? hn::Zero(tag) : load(from, v * kLanes, width);
      }
    }
    for (; group < group_end; ++group) {
      Integers integers;
      multiply(row, panel, group, integers);
      const float* const right_units = p_.right_units + (panel * p_.groups + group) * kPanel;
      for (std::size_t r = 0; r < kRows; ++r) {
        const auto left_unit = hn::Set(tag, p_.left_units[(row + r) * p_.groups + group]);
        for (std::size_t v = 0; v < kVectors; ++v) {
          const auto unit = hn::Mul(left_unit, hn::Load(tag, right_units + v * kLanes));
          add_passes(integers[r], v, unit, totals[r][v]);
        }
      }
    }
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t v = 0; v < kVectors; ++v) {
        store(totals[r][v], memory + r * p_.sums_stride, v * kLanes, width);
      }
    }
  }

  // Elements from `at` on, of which only those below `width` are there.
  static HWY_INLINE FloatVector load(const float* from, std::size_t at, std::size_t width) {
    const Floats tag;
    if (at + kLanes <= width) return hn::LoadU(tag, from + at);
    HWY_ALIGN float some[kLanes] = {};
    for (std::size_t i = 0; at + i < width; ++i) some[i] = from[at + i];
    return hn::Load(tag, some);
  }
  static HWY_INLINE void store(FloatVector values, float* to, std::size_t at, std::size_t width) {
    const Floats tag;
    if (at + kLanes <= width) return hn::StoreU(values, tag, to + at);
    HWY_ALIGN float some[kLanes];
    hn::Store(values, tag, some);
    for (std::size_t i = 0; at + i < width; ++i) to[at + i] = some[i];
  }

  HWY_INLINE void multiply(std::size_t row, std::size_t panel, std::size_t group,
                           Integers& integers) const {
    const Sums sums;
    const Pairs words;
    const std::size_t plane = 2 * p_.pairs;
    const std::size_t left_group = kLeftPlanes * plane;
    const std::int16_t* const left = p_.left + (row * p_.groups + group) * left_group;
    const std::size_t left_row = p_.groups * left_group;
    const std::int16_t* const right =
        p_.right + (panel * p_.groups + group) * kRightPlanes * plane * kPanel;
    for (std::size_t r = 0; r < kRows; ++r) {
      for (std::size_t i = 0; i < kLeftPlanes; ++i) {
        for (std::size_t j = 0; j < kRightPlanes; ++j) {
          for (std::size_t v = 0; v < kVectors; ++v) integers[r][i][j][v] = hn::Zero(sums);
        }
      }
    }
    for (std::size_t pair = 0; pair < p_.pairs; ++pair) {
      hn::Vec<Pairs> columns[kRightPlanes][kVectors];
      for (std::size_t j = 0; j < kRightPlanes; ++j) {
        for (std::size_t v = 0; v < kVectors; ++v) {
          columns[j][v] =
              hn::Load(words, right + (j * p_.pairs + pair) * 2 * kPanel + v * 2 * kLanes);
        }
      }
      for (std::size_t r = 0; r < kRows; ++r) {
        for (std::size_t i = 0; i < kLeftPlanes; ++i) {
          std::int32_t two;
          std::memcpy(&two, left + r * left_row + i * plane + 2 * pair, sizeof two);
          const auto values = hn::BitCast(words, hn::Set(sums, two));
          for (std::size_t j = 0; j < kRightPlanes; ++j) {
            for (std::size_t v = 0; v < kVectors; ++v) {
              add_products(columns[j][v], values, integers[r][i][j][v]);
            }
          }
        }
      }
    }
  }

  static HWY_INLINE void add_products(hn::Vec<Pairs> a, hn::Vec<Pairs> b, SumVector& sum) {
    const Sums sums;
    // Targets that widen halves separately put the odd half elsewhere.
    SumVector other = hn::Zero(sums);
    sum = hn::ReorderWidenMulAccumulate(sums, a, b, sum, other);
    sum = hn::RearrangeToOddPlusEven(sum, other);
  }

  // total = round(total + pass) for every pass of one row and vector, in their order.
  static HWY_INLINE void add_passes(
      const SumVector (&integers)[kLeftPlanes][kRightPlanes][kVectors], std::size_t v,
      FloatVector unit, FloatVector& total) {
    const Sums sums;
    const Floats tag;
    constexpr int kHalf = 1 << 11;
    for (int i = 0; i < kLeftChunks; ++i) {
      for (int j = 0; j < kRightChunks; ++j) {
        SumVector sum = integers[i / 2][j][v];
        const bool paired = i / 2 * 2 + 1 < kLeftChunks;
        if (paired) {
          const SumVector upper = hn::ShiftRight<12>(hn::Add(sum, hn::Set(sums, kHalf)));
          sum = i % 2 == 0 ? upper : hn::Sub(sum, hn::ShiftLeft<12>(upper));
        }
        const float weight =
            static_cast<float>(1 << 2 * (kLeftChunks - 1 - i + kRightChunks - 1 - j));
        total = hn::MulAdd(hn::ConvertTo(tag, sum), hn::Mul(unit, hn::Set(tag, weight)), total);
      }
    }
  }

  const BfpProduct& p_;
};

// Calls the kernel of so many chunks; 1 to 4 of each.
template <int kLeft, int kRight>
void with_chunks(const BfpProduct& product, std::size_t first, std::size_t last) {
  if constexpr (kLeft > 1) {
    if (product.left_chunks < kLeft) return with_chunks<kLeft - 1, kRight>(product, first, last);
  }
  if constexpr (kRight > 1) {
    if (product.right_chunks < kRight) return with_chunks<kLeft, kRight - 1>(product, first, last);
  }
  Kernel<kLeft, kRight>(product).run(first, last);
}

void multiply(const BfpProduct& product, std::size_t first, std::size_t last) {
  with_chunks<4, 4>(product, first, last);
}

}  // namespace
}  // namespace systerm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace systerm {
namespace {

HWY_EXPORT(multiply);

constexpr int kChunkBits = 2;
constexpr int kPairShift = 12;

std::size_t rounded_up(std::size_t value, std::size_t step) {
  return (value + step - 1) / step * step;
}

// Chunk i of `chunks` of a signed code, the most significant first; the code itself if one.
int chunk_of(int code, int i, int chunks) {
  if (chunks == 1) return code;
  const int chunk = std::abs(code) >> kChunkBits * (chunks - 1 - i) & 3;
  return code < 0 ? -chunk : chunk;
}

// For all codes, as chunks are looked up often: [plane of two chunks][code + 128].
using PlaneTable = std::array<std::array<std::int16_t, 256>, 2>;

PlaneTable left_planes(int chunks) {
  PlaneTable table{};
  for (int code = -127; code <= 127; ++code) {
    for (int i = 0; i < chunks; i += 2) {
      const int first = chunk_of(code, i, chunks);
      const int word =
          i + 1 < chunks ? first * (1 << kPairShift) + chunk_of(code, i + 1, chunks) : first;
      table[static_cast<std::size_t>(i / 2)][static_cast<std::size_t>(code + 128)] =
          static_cast<std::int16_t>(word);
    }
  }
  return table;
}

float unit_of(const BfpMatrix& matrix, std::size_t line, std::size_t group) {
  return std::ldexp(1.0F, matrix.exponent(line, group) - (matrix.parameters().mantissa_bits - 1));
}

int largest_exponent(const BfpMatrix& matrix) {
  const auto exponents = matrix.exponents();
  return exponents.empty() ? 0 : *std::max_element(exponents.begin(), exponents.end());
}

int accumulated_chunks(const BfpMatrix& matrix, BfpAccumulation accumulation) {
  return accumulation == BfpAccumulation::kPerPass ? matrix.parameters().chunks() : 1;
}

void require(bool condition, const char* message) {
  if (!condition) throw std::invalid_argument(message);
}

}  // namespace

int bfp_passes(const BfpParameters& left, const BfpParameters& right) {
  return left.chunks() * right.chunks();
}

std::int32_t bfp_dot(std::span<const std::int8_t> left, std::span<const std::int8_t> right) {
  require(left.size() == right.size(), "groups of a dot product have one size");
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < left.size(); ++i) sum += left[i] * right[i];
  return sum;
}

void BfpLeft::prepare(const BfpMatrix& matrix, BfpAccumulation accumulation) {
  rows_ = matrix.outer();
  depth_ = matrix.depth();
  groups_ = matrix.groups();
  parameters_ = matrix.parameters();
  padded_group_ = rounded_up(static_cast<std::size_t>(parameters_.group_size), 2);
  accumulation_ = accumulation;
  chunks_ = accumulated_chunks(matrix, accumulation);
  planes_ = static_cast<std::size_t>((chunks_ + 1) / 2);
  largest_exponent_ = largest_exponent(matrix);
  const std::size_t padded_rows = rounded_up(rows_, kRowBlock);
  words_.resize(padded_rows * groups_ * planes_ * padded_group_);
  units_.resize(padded_rows * groups_);
  // Rows that fill the last block; their sums are not stored.
  std::fill(words_.begin() + static_cast<std::ptrdiff_t>(rows_ * groups_ * planes_ * padded_group_),
            words_.end(), std::int16_t{0});
  std::fill(units_.begin() + static_cast<std::ptrdiff_t>(rows_ * groups_), units_.end(), 0.0F);
}

void BfpLeft::fill(const BfpMatrix& matrix, std::size_t first, std::size_t last) {
  const PlaneTable table = left_planes(chunks_);
  const auto g = static_cast<std::size_t>(parameters_.group_size);
  for (std::size_t row = first; row < last; ++row) {
    for (std::size_t group = 0; group < groups_; ++group) {
      units_[row * groups_ + group] = unit_of(matrix, row, group);
      const std::int8_t* const codes = matrix.codes(row, group).data();
      std::int16_t* to = words_.data() + (row * groups_ + group) * planes_ * padded_group_;
      for (std::size_t plane = 0; plane < planes_; ++plane, to += padded_group_) {
        if (chunks_ == 1) {
          std::copy_n(codes, g, to);
        } else {
          for (std::size_t i = 0; i < g; ++i) {
            to[i] = table[plane][static_cast<std::size_t>(codes[i] + 128)];
          }
        }
        if (padded_group_ != g) to[g] = 0;
      }
    }
  }
}

void BfpLeft::assign(const BfpMatrix& matrix, BfpAccumulation accumulation) {
  prepare(matrix, accumulation);
  fill(matrix, 0, rows_);
}

void BfpRight::prepare(const BfpMatrix& matrix, BfpAccumulation accumulation) {
  columns_ = matrix.outer();
  depth_ = matrix.depth();
  groups_ = matrix.groups();
  parameters_ = matrix.parameters();
  padded_group_ = rounded_up(static_cast<std::size_t>(parameters_.group_size), 2);
  accumulation_ = accumulation;
  chunks_ = accumulated_chunks(matrix, accumulation);
  largest_exponent_ = largest_exponent(matrix);
  const std::size_t panels = rounded_up(columns_, kPanelColumns) / kPanelColumns;
  lines_.resize(panels * groups_ * static_cast<std::size_t>(chunks_) * padded_group_ / 2);
  units_.resize(panels * groups_);
}

void BfpRight::fill(const BfpMatrix& matrix, std::size_t first, std::size_t last) {
  require(first % kPanelColumns == 0, "ranges of columns start at multiples of 16");
  const auto g = static_cast<std::size_t>(parameters_.group_size);
  const std::size_t pairs = padded_group_ / 2;
  const auto chunks = static_cast<std::size_t>(chunks_);
  for (std::size_t column = first; column < last; column += kPanelColumns) {
    const std::size_t width = std::min(kPanelColumns, last - column);
    for (std::size_t group = 0; group < groups_; ++group) {
      const std::size_t at = column / kPanelColumns * groups_ + group;
      Line* const lines = lines_.data() + at * chunks * pairs;
      if (width < kPanelColumns || padded_group_ != g) std::fill_n(lines, chunks * pairs, Line{});
      units_[at] = {};
      for (std::size_t n = 0; n < width; ++n) {
        units_[at].values[n] = unit_of(matrix, column + n, group);
        const std::int8_t* const codes = matrix.codes(column + n, group).data();
        for (int j = 0; j < chunks_; ++j) {
          Line* const line = lines + static_cast<std::size_t>(j) * pairs;
          for (std::size_t i = 0; i < g; ++i) {
            line[i / 2].words[2 * n + i % 2] =
                static_cast<std::int16_t>(chunk_of(codes[i], j, chunks_));
          }
        }
      }
    }
  }
}

void BfpRight::assign(const BfpMatrix& matrix, BfpAccumulation accumulation) {
  prepare(matrix, accumulation);
  fill(matrix, 0, columns_);
}

/// Checks that two operands match and hands them to the kernels.
class BfpKernelOperands {
 public:
  static BfpProduct product(const BfpLeft& left, const BfpRight& right) {
    require(left.depth_ == right.depth_, "operands of a matrix product have one depth");
    require(left.parameters_.group_size == right.parameters_.group_size,
            "operands of a matrix product have one group size");
    require(left.accumulation_ == right.accumulation_,
            "operands of a matrix product have one way of accumulation");
    const int group_bits = std::bit_width(static_cast<unsigned>(left.parameters_.group_size - 1));
    const int bound = left.largest_exponent_ + right.largest_exponent_ + 2 + group_bits;
    if (bound > 127) {
      throw ProductRangeExceeded(
          "products of groups with exponents " + std::to_string(left.largest_exponent_) + " and " +
          std::to_string(right.largest_exponent_) + " may exceed the range of FP32");
    }
    BfpProduct product;
    product.left = left.words_.data();
    product.left_units = left.units_.data();
    product.right = reinterpret_cast<const std::int16_t*>(right.lines_.data());
    product.right_units = reinterpret_cast<const float*>(right.units_.data());
    product.columns = right.columns_;
    product.groups = left.groups_;
    product.pairs = left.padded_group_ / 2;
    product.left_chunks = left.chunks_;
    product.right_chunks = right.chunks_;
    return product;
  }
};

void bfp_gemm(const BfpLeft& left, const BfpRight& right, bool accumulate, std::span<float> sums,
              std::size_t sums_stride, std::size_t first, std::size_t last) {
  BfpProduct product = BfpKernelOperands::product(left, right);
  require(first <= last && last <= left.rows() && first % BfpLeft::kRowBlock == 0,
          "ranges of rows lie in the matrix and start at multiples of 12");
  if (first == last || right.columns() == 0) return;
  require(
      sums_stride >= right.columns() && sums.size() >= (last - 1) * sums_stride + right.columns(),
      "sums of a matrix product are [rows][sums_stride >= columns]");
  if (product.groups == 0) {
    for (std::size_t row = first; row < last && !accumulate; ++row) {
      std::fill_n(sums.begin() + static_cast<std::ptrdiff_t>(row * sums_stride), right.columns(),
                  0.0F);
    }
    return;
  }
  product.sums = sums.data();
  product.sums_stride = sums_stride;
  product.accumulate = accumulate;
  HWY_DYNAMIC_DISPATCH(multiply)(product, first, last);
}

void bfp_gemm(const BfpLeft& left, const BfpRight& right, bool accumulate, std::span<float> sums,
              std::size_t sums_stride) {
  bfp_gemm(left, right, accumulate, sums, sums_stride, 0, left.rows());
}

}  // namespace systerm
#endif  // HWY_ONCE
