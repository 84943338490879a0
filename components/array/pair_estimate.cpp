// SPDX-License-Identifier: Apache-2.0
#include "components/array/pair_estimate.h"

#include <algorithm>
#include <cmath>

namespace systerm {

void PairEstimate::set_histogram(const std::vector<double>& histogram) {
  cumulative_.clear();
  known_.clear();
  double sum = 0.0;
  for (const double share : histogram) cumulative_.push_back(sum += share);
}

std::int64_t PairEstimate::expected_maximum(std::int64_t cells) {
  const auto known = known_.find(cells);
  if (known != known_.end()) return known->second;
  // E[max] = sum over n of P(max > n).
  double expected = 0.0;
  for (const double below : cumulative_) {
    expected += 1.0 - std::pow(std::min(below, 1.0), static_cast<double>(cells));
  }
  return known_[cells] = std::llround(expected);
}

}  // namespace systerm
