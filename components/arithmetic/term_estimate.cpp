// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/term_estimate.h"

#include <cmath>

namespace systerm {

double TermEstimate::mean_group_pairs() const {
  double mean = 0.0;
  for (std::size_t pairs = 0; pairs < group_pairs.size(); ++pairs) {
    mean += static_cast<double>(pairs) * group_pairs[pairs];
  }
  return mean;
}

double expected_maximum(std::span<const double> probabilities, std::uint64_t draws) {
  // E[max] = sum over x of P(max > x) = sum over x of 1 - P(one draw <= x)^draws.
  double expectation = 0.0;
  double up_to = 0.0;
  for (const double probability : probabilities) {
    up_to += probability;
    if (up_to >= 1.0) break;
    expectation += 1.0 - std::pow(up_to, static_cast<double>(draws));
  }
  return expectation;
}

}  // namespace systerm
