// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/coefficient_vector.h"

#include <stdexcept>
#include <string>

namespace systerm {

void CoefficientVector::add_pair(Term weight, Term data) {
  const int exponent = weight.exponent + data.exponent;
  if (exponent < 0 || exponent >= kCoefficients) {
    throw std::out_of_range("a cell has no coefficient for the exponent " +
                            std::to_string(exponent));
  }
  coefficients_[static_cast<std::size_t>(exponent)] += weight.sign * data.sign;
}

CoefficientVector& CoefficientVector::operator+=(const CoefficientVector& other) {
  for (std::size_t i = 0; i < coefficients_.size(); ++i) coefficients_[i] += other.coefficients_[i];
  return *this;
}

std::int64_t CoefficientVector::value() const {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < coefficients_.size(); ++i) {
    sum += std::int64_t{coefficients_[i]} * (std::int64_t{1} << i);
  }
  return sum;
}

}  // namespace systerm
