// SPDX-License-Identifier: Apache-2.0
#include "workloads/quantization/term_statistics_estimate.h"

#include <numeric>

#include <gmock/gmock.h>

namespace systerm {
namespace {

TermEstimate estimate(int budget, int data_terms, Encoding encoding = Encoding::kHese) {
  FormatParameters parameters;
  parameters.encoding = encoding;
  parameters.group_budget = budget;
  parameters.data_terms = data_terms;
  return estimate_term_statistics(*make_format("term_quantized", parameters));
}

TEST(TermEstimate, IsADistributionWithConsistentMeans) {
  const TermEstimate result = estimate(12, 3);
  EXPECT_NEAR(std::accumulate(result.group_pairs.begin(), result.group_pairs.end(), 0.0), 1.0,
              1e-9);
  // Weights and data are independent, and a group has 8 of both.
  EXPECT_NEAR(result.mean_group_pairs(), 8 * result.weight_terms * result.data_terms, 1e-9);
}

TEST(TermEstimate, BudgetsBoundTerms) {
  const TermEstimate tight = estimate(8, 2);
  EXPECT_LE(tight.weight_terms, 1.0);
  EXPECT_LE(tight.group_pairs.size(), 8U * 2 + 1);
  EXPECT_LT(tight.weight_terms, estimate(12, 2).weight_terms);
  EXPECT_LT(tight.data_terms, estimate(8, 3).data_terms);
}

TEST(TermEstimate, ResemblesThePublishedStragglers) {
  // Reference for a 64 x 128 array, Laplace weights with max/sigma = 10, ReLU data, g = 8, hese, no
  // budget that bites: mean pairs of a group 16.5, largest of the array 47.4, factor 2.9.
  const TermEstimate result = estimate(32, 5);
  const double largest = expected_maximum(result.group_pairs, 64 * 128);
  EXPECT_NEAR(result.mean_group_pairs(), 16.5, 2.0);
  EXPECT_NEAR(largest, 47.4, 3.0);
  EXPECT_NEAR(largest / result.mean_group_pairs(), 2.9, 0.4);
}

TEST(TermEstimate, CountsGivenWeightsExactly) {
  FormatParameters parameters;
  parameters.group_size = 2;
  parameters.group_budget = 4;
  const auto format = make_format("term_quantized", parameters);
  // Two filters of 3 channels: groups (1, 3), (5), (0, 0), (0) with 1 + 2, 2, 0, 0 terms.
  const std::vector<std::int16_t> codes{1, 3, 5, 0, 0, 0};
  EXPECT_NEAR(estimate_term_statistics(*format, codes, 3).weight_terms, 5.0 / 6, 1e-12);
}

TEST(TermEstimate, SignedDataHaveMoreTermsThanRectifiedOnes) {
  const auto format = make_format("term_quantized", {});
  EXPECT_NEAR(estimate_term_statistics(*format, true).data_terms,
              2 * estimate_term_statistics(*format, false).data_terms, 1e-9);
}

TEST(ExpectedMaximum, OfDice) {
  // One die 3.5; the larger of two 161/36.
  const std::vector<double> die{0, 1 / 6., 1 / 6., 1 / 6., 1 / 6., 1 / 6., 1 / 6.};
  EXPECT_NEAR(expected_maximum(die, 1), 3.5, 1e-12);
  EXPECT_NEAR(expected_maximum(die, 2), 161.0 / 36, 1e-12);
  EXPECT_NEAR(expected_maximum(die, 1'000'000), 6.0, 1e-9);
  EXPECT_EQ(expected_maximum(std::vector<double>{1.0}, 5), 0.0);
}

}  // namespace
}  // namespace systerm
