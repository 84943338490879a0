// SPDX-License-Identifier: Apache-2.0
// Energies and areas are accounted in whole quanta, powers of two of their unit. Sums are exact in
// any order, and stay exact in double up to 2^53 quanta (8.7 J, 8 m2), so that whoever adds up the
// parts of a result gets the whole to the last digit.
#pragma once

#include <cmath>
#include <cstdint>
#include <stdexcept>

namespace systerm {

/// Unit / 2^kFractionBits is one quantum.
template <int kFractionBits>
class FixedPoint {
 public:
  FixedPoint() = default;
  /// Rounded to the nearest quantum. Throws std::overflow_error beyond 2^53 quanta.
  static FixedPoint rounded(double value) {
    FixedPoint result;
    const double quanta = std::round(std::ldexp(value, kFractionBits));
    if (!(std::abs(quanta) <= kExactIntegers)) {
      throw std::overflow_error("an energy or area is too large to be accounted exactly");
    }
    result.quanta_ = static_cast<std::int64_t>(quanta);
    return result;
  }

  /// Throws std::overflow_error beyond 2^53 quanta.
  FixedPoint& operator+=(FixedPoint other) { return *this = rounded(value() + other.value()); }
  friend FixedPoint operator+(FixedPoint a, FixedPoint b) { return a += b; }
  friend auto operator<=>(const FixedPoint&, const FixedPoint&) = default;

  /// In the unit; exact.
  double value() const { return std::ldexp(static_cast<double>(quanta_), -kFractionBits); }

 private:
  static constexpr double kExactIntegers = 9007199254740992.0;
  std::int64_t quanta_ = 0;
};

/// In pJ; a quantum is about 1 fJ.
using Energy = FixedPoint<10>;
/// In mm2; a quantum is about 0.001 um2.
using Area = FixedPoint<30>;

}  // namespace systerm
