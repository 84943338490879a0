// SPDX-License-Identifier: Apache-2.0
// Handwriting-like digits, drawn by rule: strokes that are slanted, turned, scaled, moved and
// wobbled at random, with noise. Arithmetic is exact to the bit (no libm but sqrt), so the same
// seed gives the same picture on every machine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace systerm {

inline constexpr std::size_t kDigitSide = 12;

/// Grey values, row by row; 0 is paper, 255 ink.
using DigitImage = std::array<std::uint8_t, kDigitSide * kDigitSide>;

/// Picture number `index` of the stream `seed`; it shows the digit index % 10.
DigitImage draw_digit(std::uint64_t seed, std::uint64_t index);

}  // namespace systerm
