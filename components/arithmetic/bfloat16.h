// SPDX-License-Identifier: Apache-2.0
// FP32 to bfloat16 and back: to nearest, ties to even; NaN stays NaN, made quiet. Free of branches,
// so that compilers vectorise the loops around them.
#pragma once

#include <bit>
#include <cstdint>

namespace systerm {

inline std::uint16_t bfloat16_code(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounded = (bits + 0x7FFFU + (bits >> 16 & 1)) >> 16;
  const std::uint32_t quiet = bits >> 16 | 0x40;
  return static_cast<std::uint16_t>((bits & 0x7FFFFFFFU) > 0x7F800000U ? quiet : rounded);
}

inline float bfloat16_value(std::uint16_t code) {
  return std::bit_cast<float>(std::uint32_t{code} << 16);
}

}  // namespace systerm
