// SPDX-License-Identifier: Apache-2.0
// The partial result of a term-serial cell: how often each power of two occurs in a sum of term
// pairs. It travels along the reduction direction and becomes a binary number at the array's edge.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "components/arithmetic/encoding.h"

namespace systerm {

class CoefficientVector {
 public:
  /// Exponents 0 to 15 of a product.
  static constexpr int kCoefficients = 16;

  /// Adds the product of two terms: ±1 on the coefficient of their exponent sum. Throws
  /// std::out_of_range if that exceeds 15.
  void add_pair(Term weight, Term data);
  CoefficientVector& operator+=(const CoefficientVector& other);

  std::int32_t operator[](std::size_t exponent) const { return coefficients_[exponent]; }
  /// What the binary stream converter makes of it: the sum of coefficient * 2^exponent.
  std::int64_t value() const;

  friend bool operator==(const CoefficientVector&, const CoefficientVector&) = default;

 private:
  std::array<std::int32_t, kCoefficients> coefficients_{};
};

}  // namespace systerm
