// SPDX-License-Identifier: Apache-2.0
#include "components/array/pair_estimate.h"

#include <cmath>

#include "components/arithmetic/term_estimate.h"

namespace systerm {

void PairEstimate::set_distribution(const std::vector<double>& group_pairs) {
  if (group_pairs == group_pairs_) return;
  group_pairs_ = group_pairs;
  known_.clear();
}

std::int64_t PairEstimate::expected_maximum(std::int64_t cells) {
  const auto [known, is_new] = known_.try_emplace(cells, 0);
  if (is_new) {
    known->second =
        std::llround(systerm::expected_maximum(group_pairs_, static_cast<std::uint64_t>(cells)));
  }
  return known->second;
}

}  // namespace systerm
