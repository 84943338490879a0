// SPDX-License-Identifier: Apache-2.0
// Block floating point: groups of values with one exponent, a sign and m magnitude bits each.
// A value is +-q * 2^(E - (m - 1)) with q in 0 .. 2^m - 1 (FAST, HPCA'22, arXiv 2110.15456).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include "components/arithmetic/random_bits.h"

namespace systerm {

enum class BfpRounding : std::uint8_t {
  kTruncate,
  kNearest,     ///< ties away from zero
  kStochastic,  ///< up with the probability of the bits cut off, to 1/256
};

/// What happens if rounding carries out of the m bits of a value.
enum class BfpOverflow : std::uint8_t {
  kSaturate,     ///< q = 2^m - 1
  kRenormalise,  ///< the group is rounded again with E + 1, unless E is the top of the window
};

/// What happens to values whose exponent lies above the exponent window.
enum class BfpWindow : std::uint8_t {
  kSaturate,  ///< q = 2^m - 1
  kRefuse,    ///< ExponentWindowExceeded
};

enum class BfpLayout : std::uint8_t {
  kChunked,  ///< chunks of two magnitude bits, each with a sign: e + g ceil(m/2) 3 bits a group
  kPacked,   ///< sign and magnitude: e + g (m + 1) bits a group
};

/// 2-bit chunks of m mantissa bits.
constexpr int bfp_chunks(int mantissa_bits) { return (mantissa_bits + 1) / 2; }

struct BfpParameters {
  int group_size = 16;    ///< g, 1 to 128
  int exponent_bits = 3;  ///< e, 1 to 8
  int mantissa_bits = 4;  ///< m, 1 to 7
  BfpRounding rounding = BfpRounding::kNearest;
  BfpOverflow overflow = BfpOverflow::kSaturate;
  BfpWindow window = BfpWindow::kSaturate;
  BfpLayout layout = BfpLayout::kChunked;
  /// One exponent for 16 x 16 values: the same numbers whichever axis groups run along. Needs
  /// group_size 16.
  bool square_blocks = false;

  int chunks() const { return bfp_chunks(mantissa_bits); }
  int largest() const { return (1 << mantissa_bits) - 1; }

  friend bool operator==(const BfpParameters&, const BfpParameters&) = default;
};

/// Throws std::invalid_argument that names the parameter, its range and its value.
void require_valid(const BfpParameters& parameters);

/// A NaN or an infinity, which has no code; the message says where.
class NonFiniteValue : public std::domain_error {
 public:
  using std::domain_error::domain_error;
};

class ExponentWindowExceeded : public std::range_error {
 public:
  using std::range_error::range_error;
};

/// FP32 values in memory, row major: value (r, c) is values[r * stride + c].
struct StridedMatrix {
  std::span<const float> values;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t stride = 0;
};
/// Without gaps between rows. Throws std::invalid_argument unless values.size() = rows * columns.
StridedMatrix matrix_view(std::span<const float> values, std::size_t rows, std::size_t columns);

/// The axis of a StridedMatrix that groups run along, which is the contraction axis of the product.
enum class GroupAxis : std::uint8_t {
  kColumns,  ///< g neighbours in a row; the left operand A[M,K] of A B
  kRows,     ///< g neighbours in a column; the right operand B[K,N] of A B
};

/// Exponent of the largest magnitude, -127 if every value is zero or subnormal. Throws
/// NonFiniteValue.
int top_exponent(const StridedMatrix& values);

/// What a conversion lost.
struct BfpCounts {
  std::uint64_t saturated = 0;  ///< values cut to 2^m - 1
  std::uint64_t flushed = 0;    ///< values other than zero that became zero

  BfpCounts& operator+=(const BfpCounts& other);
  friend bool operator==(const BfpCounts&, const BfpCounts&) = default;
};

/// Bits in memory; exponents and mantissas have memories of their own. A short group or block
/// takes a whole one.
struct BfpStorage {
  std::uint64_t exponent_bits = 0;
  std::uint64_t mantissa_bits = 0;  ///< with signs

  std::uint64_t total() const { return exponent_bits + mantissa_bits; }
};
/// Of `outer` rows of `depth` values each, in groups along the depth.
BfpStorage bfp_storage(const BfpParameters& parameters, std::size_t outer, std::size_t depth);

/// Bits a value takes in whole groups.
double bits_per_value(const BfpParameters& parameters);

/// A coded matrix. Whatever the axis, `outer` counts the groups' lines and `depth` runs along them:
/// codes are [outer][padded depth], contraction innermost.
///
/// Exponents are stored in e bits. With e = 8 they are those of FP32. With e < 8 they cover a
/// window that ends at the top exponent T, T - (2^e - 1) to T: groups below it are coded with its
/// lowest exponent and lose bits gradually, values above it saturate or are refused.
class BfpMatrix {
 public:
  BfpMatrix() = default;

  /// Sets shape and window and makes room; `encode` then fills it. `top_exponent` is that of the
  /// tensor, unless another is wanted; unused with e = 8.
  void prepare(const StridedMatrix& values, GroupAxis axis, const BfpParameters& parameters,
               int top_exponent);
  /// Codes outer lines first to last - 1 of the matrix given to `prepare`. Different ranges may be
  /// coded by different threads at a time; with square blocks `first` must be a multiple of 16 and
  /// `last` one too or the end. Elements draw random bits by their number row * columns + column.
  /// Throws NonFiniteValue or ExponentWindowExceeded; codes of the range are then unspecified.
  BfpCounts encode(const StridedMatrix& values, GroupAxis axis, const RandomBits& random,
                   std::size_t first, std::size_t last);
  /// Everything at once; takes the top exponent from the values if none is given and e < 8.
  BfpCounts assign(const StridedMatrix& values, GroupAxis axis, const BfpParameters& parameters,
                   const RandomBits& random = RandomBits(),
                   std::optional<int> top_exponent = std::nullopt);

  /// The values, in the rows and columns they came from; `values` has stride `columns`.
  void decode(GroupAxis axis, std::span<float> values) const;

  const BfpParameters& parameters() const { return parameters_; }
  std::size_t outer() const { return outer_; }
  std::size_t depth() const { return depth_; }
  std::size_t groups() const { return groups_; }  ///< of one outer line
  std::size_t padded_depth() const { return groups_ * group_size(); }

  /// +-q, zero beyond `depth`.
  std::span<const std::int8_t> codes() const { return codes_; }
  std::span<const std::int8_t> codes(std::size_t outer, std::size_t group) const {
    return std::span(codes_).subspan(outer * padded_depth() + group * group_size(), group_size());
  }
  /// E of every group, [outer][groups]; that of a block stands with each of its lines.
  std::span<const std::int16_t> exponents() const { return exponents_; }
  int exponent(std::size_t outer, std::size_t group) const {
    return exponents_[outer * groups_ + group];
  }
  /// The exponent that is stored as 0; a group of zeros has it.
  int lowest_exponent() const { return lowest_; }
  BfpStorage storage() const { return bfp_storage(parameters_, outer_, depth_); }

 private:
  std::size_t group_size() const { return static_cast<std::size_t>(parameters_.group_size); }

  BfpParameters parameters_;
  std::size_t outer_ = 0;
  std::size_t depth_ = 0;
  std::size_t groups_ = 0;
  int lowest_ = 0;
  std::vector<std::int8_t> codes_;
  std::vector<std::int16_t> exponents_;
};

/// The two running sums a converter keeps for the precision controller, exact in any order.
class ChunkStatistic {
 public:
  /// Adds |BFP(X, high) - BFP(X, low)| = difference * 2^unit and |BFP(X, low)| = low * 2^unit.
  void add(int unit, std::uint64_t difference, std::uint64_t low);
  ChunkStatistic& operator+=(const ChunkStatistic& other);

  /// r(X) = sum |BFP(X, high) - BFP(X, low)| / sum |BFP(X, low)|: how much the additional bits
  /// improve. 0 if both sums are zero, infinite if only the second one is.
  double relative_improvement() const;
  double difference_sum() const;
  double low_sum() const;

 private:
  static constexpr int kLowestUnit = -152;
  static constexpr std::size_t kUnits = 288;

  std::vector<std::uint64_t> differences_;  // by unit; empty until something is added
  std::vector<std::uint64_t> lows_;
};

/// Statistic of outer lines first to last - 1, as `BfpMatrix::encode` would code them with
/// `high.mantissa_bits` and with `low_mantissa_bits` (fewer), all else equal. `top_exponent` as
/// for `prepare`.
ChunkStatistic chunk_statistic(const StridedMatrix& values, GroupAxis axis,
                               const BfpParameters& high, int low_mantissa_bits,
                               const RandomBits& random, int top_exponent, std::size_t first,
                               std::size_t last);
/// Of the whole matrix, with its own top exponent.
ChunkStatistic chunk_statistic(const StridedMatrix& values, GroupAxis axis,
                               const BfpParameters& high, int low_mantissa_bits,
                               const RandomBits& random = RandomBits());

}  // namespace systerm
