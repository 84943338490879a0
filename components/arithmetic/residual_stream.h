// SPDX-License-Identifier: Apache-2.0
// Arithmetic of residual streams, y = x + F and back, x = y - F, in the format that streams are
// stored in. Fixed point with wrap-around is exact both ways whatever F is; the others show how
// rounded streams drift.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "components/arithmetic/block_floating_point.h"
#include "components/arithmetic/random_bits.h"

namespace systerm {

/// What fixed point does with sums beyond its range.
enum class StreamOverflow : std::uint8_t {
  kWrap,      ///< two's complement: subtraction undoes it
  kSaturate,  ///< to the largest code: cannot be undone
};

struct StreamFormat {
  std::string name = "fixed";
  int bits = 24;           ///< of fixed point, 2 to 24: what FP32 holds exactly
  int fraction_bits = 12;  ///< of fixed point: a step is 2^-fraction_bits
  StreamOverflow overflow = StreamOverflow::kWrap;
  /// Of what is added to a stream: to its grid.
  BfpRounding rounding = BfpRounding::kNearest;
  /// Of format bfp: 8-bit exponents, groups along the last axis of the stored order.
  int group_size = 16;
  int mantissa_bits = 4;

  friend bool operator==(const StreamFormat&, const StreamFormat&) = default;
};

/// Throws std::invalid_argument that names the parameter, its range and its value.
void require_valid(const StreamFormat& format);

struct StreamCounts {
  std::uint64_t wrapped = 0;    ///< sums that left the range and came in at its other end
  std::uint64_t saturated = 0;  ///< values that were cut to the largest code

  StreamCounts& operator+=(const StreamCounts& other);
  friend bool operator==(const StreamCounts&, const StreamCounts&) = default;
};

/// Immutable; safe to share between threads. Values are FP32 numbers that the format holds. Spans
/// of one call have one size, a multiple of granularity() unless they end the tensor; `first` is
/// the number of their first element in the tensor, which random bits are drawn by. `to` may be one
/// of the operands.
class ResidualStream {
 public:
  virtual ~ResidualStream() = default;

  virtual std::size_t granularity() const { return 1; }
  /// Values at the begin of a chain to the nearest that the format holds.
  virtual StreamCounts enter(std::span<float> values) const = 0;
  /// to = stream + function.
  virtual StreamCounts add(std::span<const float> stream, std::span<const float> function,
                           const RandomBits& random, std::uint64_t first,
                           std::span<float> to) const = 0;
  /// to = stream - function, with the same rounding of the function.
  virtual void subtract(std::span<const float> stream, std::span<const float> function,
                        const RandomBits& random, std::uint64_t first,
                        std::span<float> to) const = 0;
};

using ResidualStreamFactory = std::unique_ptr<const ResidualStream> (*)(const StreamFormat&);

struct ResidualStreamEntry {
  std::string_view name;
  ResidualStreamFactory make;
  bool is_exact;  ///< subtraction undoes addition, wrap-around given
};

/// fixed, fp32, bf16, bfp.
const std::vector<ResidualStreamEntry>& residual_streams();
/// Throws std::invalid_argument for an unknown name or values that require_valid() refuses.
std::unique_ptr<const ResidualStream> make_residual_stream(const StreamFormat& format);

// One file each.
std::unique_ptr<const ResidualStream> make_fixed_stream(const StreamFormat& format);
std::unique_ptr<const ResidualStream> make_fp32_stream(const StreamFormat& format);
std::unique_ptr<const ResidualStream> make_bf16_stream(const StreamFormat& format);
std::unique_ptr<const ResidualStream> make_bfp_stream(const StreamFormat& format);

}  // namespace systerm
