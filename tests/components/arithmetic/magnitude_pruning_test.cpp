// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/magnitude_pruning.h"

#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace systerm {
namespace {

using testing::ElementsAre;

TEST(MagnitudePruning, RemovesTheSmallestAndOfEqualOnesTheFirst) {
  std::vector<float> weights = {3, -1, 2, 1, -2, 0.5};
  prune_smallest(weights, 3);
  EXPECT_THAT(weights, ElementsAre(3, 0, 2, 0, -2, 0));
  std::vector<float> ties = {1, -1, 1, -1};
  prune_smallest(ties, 2);
  EXPECT_THAT(ties, ElementsAre(0, 0, 1, -1));
}

TEST(MagnitudePruning, RefusesWhatIsNoNumber) {
  std::vector<float> weights = {3, NAN, 1};
  EXPECT_THROW(prune_smallest(weights, 1), std::invalid_argument);
}

TEST(MagnitudePruning, AllOrNone) {
  std::vector<float> weights = {3, -1};
  prune_smallest(weights, 0);
  EXPECT_THAT(weights, ElementsAre(3, -1));
  prune_smallest(weights, 5);
  EXPECT_THAT(weights, ElementsAre(0, 0));
}

TEST(MagnitudePruning, WhatIsLeftIsNowhereSmallerThanWhatWent) {
  std::mt19937 random(81);
  std::normal_distribution<float> weight;
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<float> weights(1 + random() % 200);
    for (float& value : weights) value = weight(random);
    const std::vector<float> before = weights;
    const std::size_t count = random() % (weights.size() + 1);
    prune_smallest(weights, count);
    float largest_gone = 0.0F;
    float smallest_left = INFINITY;
    std::size_t gone = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (weights[i] == 0.0F) {
        largest_gone = std::max(largest_gone, std::abs(before[i]));
        ++gone;
      } else {
        smallest_left = std::min(smallest_left, std::abs(before[i]));
      }
    }
    EXPECT_EQ(gone, count);
    EXPECT_LE(largest_gone, smallest_left);
  }
}

// Published: rate 0.8 (1 - (1 - i / 10)^3), ceil(numel * rate * (1 - 1 / alpha)) weights.
TEST(PruningSchedule, IsThePublishedOne) {
  const PruningSchedule schedule;
  EXPECT_DOUBLE_EQ(schedule.rate(0), 0.0);
  EXPECT_DOUBLE_EQ(schedule.rate(1), 0.8 * (1 - 0.729));
  EXPECT_DOUBLE_EQ(schedule.rate(5), 0.8 * (1 - 0.125));
  EXPECT_DOUBLE_EQ(schedule.rate(10), 0.8);
  EXPECT_DOUBLE_EQ(schedule.rate(11), 0.8);
  EXPECT_EQ(published_prune_count(1000, 0.8, 8), 700U);
  EXPECT_EQ(published_prune_count(256 * 256, 0.8, 4), 39322U);
  EXPECT_EQ(published_prune_count(1000, 0.8, 1), 0U);
}

}  // namespace
}  // namespace systerm
