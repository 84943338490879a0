// SPDX-License-Identifier: Apache-2.0
// Floating-point elements of 4 to 8 bits: sign, exponent, mantissa, with subnormals.
// Source: OCP Microscaling Formats (MX) Specification v1.0, section 5.3.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace systerm {

struct Minifloat {
  int exponent_bits = 0;
  int mantissa_bits = 0;
  int bias = 0;
  int largest_exponent = 0;   ///< emax, of the largest normal number
  float largest = 0;          ///< the largest normal number
  bool has_infinity = false;  ///< exponent all ones: infinity, with a mantissa NaN
  bool has_nan = false;       ///< all ones below the sign: NaN

  int bits() const { return 1 + exponent_bits + mantissa_bits; }
  int smallest_exponent() const { return 1 - bias; }
};

inline constexpr Minifloat kE5M2{5, 2, 15, 15, 57344.0F, true, true};
inline constexpr Minifloat kE4M3{4, 3, 7, 8, 448.0F, false, true};
inline constexpr Minifloat kE3M2{3, 2, 3, 4, 28.0F, false, false};
inline constexpr Minifloat kE2M3{2, 3, 1, 2, 7.5F, false, false};
inline constexpr Minifloat kE2M1{2, 1, 1, 2, 6.0F, false, false};

/// The values of all codes of `bits()` bits.
std::array<float, 256> minifloat_values(const Minifloat& shape);

/// One value, not NaN, to the nearest code, ties to even, overflow to the largest normal number.
std::uint8_t minifloat_code(const Minifloat& shape, float value);

/// `values` in blocks, of which the last may be short, each multiplied by the two factors of its
/// block in turn and coded like `minifloat_code`. No product may be NaN, except that a first factor
/// of zero gives codes 0 whatever the values. Returns how many were cut to the largest.
std::uint64_t minifloat_codes(const Minifloat& shape, std::span<const float> values,
                              std::size_t block, std::span<const std::array<float, 2>> factors,
                              std::uint8_t* codes);

/// The same for integers: the product to the nearest, ties to even, cut to +-`largest`.
std::uint64_t integer_codes(int largest, std::span<const float> values, std::size_t block,
                            std::span<const std::array<float, 2>> factors, std::uint8_t* codes);

/// Largest bit pattern of |x| in every block.
void largest_bits(std::span<const float> values, std::size_t block, std::uint32_t* largest);

/// x times the first and then the second factor is x * 2^exponent, without leaving FP32 between.
std::array<float, 2> power_of_two_factors(int exponent);

}  // namespace systerm
