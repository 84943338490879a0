// SPDX-License-Identifier: Apache-2.0
// Term counts that stand in for operands where there are none.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace systerm {

/// An estimate; says nothing of a particular workload.
struct TermEstimate {
  double weight_terms = 0.0;  ///< mean number kept of one weight
  double data_terms = 0.0;    ///< mean number kept of one data value
  /// Probability that a full group of weights and its data make 0, 1, 2 ... term pairs.
  std::vector<double> group_pairs;

  double mean_group_pairs() const;
};

/// Mean of the largest of `draws` independent draws from a distribution over 0, 1, 2 ...
double expected_maximum(std::span<const double> probabilities, std::uint64_t draws);

}  // namespace systerm
