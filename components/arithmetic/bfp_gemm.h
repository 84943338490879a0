// SPDX-License-Identifier: Apache-2.0
// Matrix product of two operands in block floating point, with the roundings of an array of fMACs:
// integer sums in a group are exact, only the FP32 accumulation rounds. Run-time SIMD dispatch;
// every target, number of threads and range of rows gives the same bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "components/arithmetic/block_floating_point.h"

namespace systerm {

/// What one FP32 addition takes in.
enum class BfpAccumulation : std::uint8_t {
  /// The product of one 2-bit chunk of each side, summed over the group: chunks of the left
  /// operand from the most significant on, for each of them those of the right operand likewise.
  kPerPass,
  kPerGroup,  ///< the whole product of two groups
};

/// Passes of a pair of groups: chunks of one times chunks of the other.
int bfp_passes(const BfpParameters& left, const BfpParameters& right);

/// Exact integer product of two groups, in units of 2^(Ea - (ma - 1) + Eb - (mb - 1)).
std::int32_t bfp_dot(std::span<const std::int8_t> left, std::span<const std::int8_t> right);

/// The left operand A[M,K] in the order the kernel reads it. Groups run along K.
class BfpLeft {
 public:
  /// Ranges of rows start at multiples of this.
  static constexpr std::size_t kRowBlock = 12;

  /// Takes the matrix over; may be called again, keeping its memory.
  void assign(const BfpMatrix& matrix, BfpAccumulation accumulation);
  /// In pieces, for several threads: `prepare`, then `fill` of ranges of rows that do not overlap.
  void prepare(const BfpMatrix& matrix, BfpAccumulation accumulation);
  void fill(const BfpMatrix& matrix, std::size_t first, std::size_t last);

  std::size_t rows() const { return rows_; }
  std::size_t depth() const { return depth_; }

 private:
  friend class BfpKernelOperands;

  std::size_t rows_ = 0;
  std::size_t depth_ = 0;
  std::size_t groups_ = 0;
  std::size_t padded_group_ = 0;
  int chunks_ = 1;  // that are accumulated one by one
  std::size_t planes_ = 1;
  BfpAccumulation accumulation_ = BfpAccumulation::kPerPass;
  BfpParameters parameters_;
  int largest_exponent_ = 0;
  std::vector<std::int16_t> words_;  // [row][group][plane][value]
  std::vector<float> units_;         // [row][group]
};

/// The right operand B[K,N]: panels of 16 columns. Groups run along K.
class BfpRight {
 public:
  static constexpr std::size_t kPanelColumns = 16;

  void assign(const BfpMatrix& matrix, BfpAccumulation accumulation);
  /// In pieces: ranges of columns start at multiples of kPanelColumns.
  void prepare(const BfpMatrix& matrix, BfpAccumulation accumulation);
  void fill(const BfpMatrix& matrix, std::size_t first, std::size_t last);

  std::size_t columns() const { return columns_; }
  std::size_t depth() const { return depth_; }

 private:
  friend class BfpKernelOperands;

  // One pair of depth of one panel; aligned so that no vector load crosses a cache line.
  struct alignas(64) Line {
    std::int16_t words[2 * kPanelColumns];
  };
  struct alignas(64) Units {
    float values[kPanelColumns];
  };

  std::size_t columns_ = 0;
  std::size_t depth_ = 0;
  std::size_t groups_ = 0;
  std::size_t padded_group_ = 0;
  int chunks_ = 1;
  BfpAccumulation accumulation_ = BfpAccumulation::kPerPass;
  BfpParameters parameters_;
  int largest_exponent_ = 0;
  std::vector<Line> lines_;   // [panel][group][chunk][pair of values]
  std::vector<Units> units_;  // [panel][group]
};

/// Products in the exponent range of FP32 must stay there.
class ProductRangeExceeded : public std::range_error {
 public:
  using std::range_error::range_error;
};

/// sums[M,N] (+)= A[M,K] B[K,N] for rows first to last - 1; `sums` is the whole matrix,
/// [rows][sums_stride]. Each sum starts from zero, or from what was there if `accumulate`, and
/// takes the groups along K in order: sum = round(sum + I * 2^u) to nearest even, with I an exact
/// integer and 2^u the product of the two groups' units, zero below 2^-149. Different ranges may be
/// computed by different threads at a time. Throws std::invalid_argument if operands do not match
/// or a span is too short, ProductRangeExceeded if a product of two groups might leave FP32.
void bfp_gemm(const BfpLeft& left, const BfpRight& right, bool accumulate, std::span<float> sums,
              std::size_t sums_stride, std::size_t first, std::size_t last);
void bfp_gemm(const BfpLeft& left, const BfpRight& right, bool accumulate, std::span<float> sums,
              std::size_t sums_stride);

}  // namespace systerm
