// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/uniform_quantization.h"

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace systerm {
namespace {

std::vector<std::int16_t> quantized(const std::vector<float>& weights, float scale, int bits) {
  std::vector<std::int16_t> codes(weights.size());
  quantize_weights(weights, scale, bits, codes);
  return codes;
}

TEST(WeightScale, MapsTheLargestWeightToTwoToTheBitsMinusOne) {
  const std::vector<float> weights = {0.25F, -2.0F, 1.0F};
  EXPECT_EQ(weight_scale(weights, 8), 2.0F / 128.0F);
  EXPECT_THAT(quantized(weights, weight_scale(weights, 8), 8), testing::ElementsAre(16, -128, 64));
}

TEST(WeightScale, IsOneForZerosAndForNothing) {
  EXPECT_EQ(weight_scale(std::vector<float>{0.0F, -0.0F}, 8), 1.0F);
  EXPECT_EQ(weight_scale({}, 8), 1.0F);
}

TEST(QuantizeWeights, RoundsHalfAwayFromZero) {
  EXPECT_THAT(quantized({0.5F, -0.5F, 1.5F, -2.5F, 0.49F, -0.0F}, 1.0F, 8),
              testing::ElementsAre(1, -1, 2, -3, 0, 0));
}

TEST(QuantizeWeights, ClipsToTwoToTheBitsMinusOne) {
  EXPECT_THAT(quantized({254.6F, 1e30F, -1e30F}, 1.0F, 8), testing::ElementsAre(255, 255, -255));
  EXPECT_THAT(quantized({7.0F, -16.0F}, 1.0F, 3), testing::ElementsAre(7, -7));
}

TEST(QuantizeWeights, FollowsThePublishedRuleForRandomWeights) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal(0.0F, 0.05F);
  for (int bits = 2; bits <= 8; ++bits) {
    std::vector<float> weights(1003);
    for (float& weight : weights) weight = normal(random);
    const float scale = weight_scale(weights, bits);
    const std::vector<std::int16_t> codes = quantized(weights, scale, bits);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const float quotient = std::fabs(weights[i]) / scale;
      const float rounded = std::trunc(quotient + 0.5F);
      const int expected = static_cast<int>(std::copysign(rounded, weights[i]));
      ASSERT_EQ(codes[i], expected);
      ASSERT_LE(std::abs(codes[i]), 1 << (bits - 1));
    }
  }
}

TEST(QuantizeWeights, RefusesNaNAndInfinityWhereverTheyAre) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::quiet_NaN(),
        std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
    for (const std::size_t position : {0, 31, 66}) {
      std::vector<float> weights(67, 1.0F);
      weights[position] = bad;
      EXPECT_THROW(weight_scale(weights, 8), std::invalid_argument);
      EXPECT_THROW(quantized(weights, 1.0F, 8), std::invalid_argument);
    }
  }
}

TEST(QuantizeWeights, RefusesImpossibleScalesBitsAndSizes) {
  EXPECT_THROW(quantized({1.0F}, 0.0F, 8), std::invalid_argument);
  EXPECT_THROW(quantized({1.0F}, -1.0F, 8), std::invalid_argument);
  EXPECT_THROW(quantized({1.0F}, std::nanf(""), 8), std::invalid_argument);
  EXPECT_THROW(quantized({1.0F}, 1.0F, 1), std::invalid_argument);
  EXPECT_THROW(quantized({1.0F}, 1.0F, 16), std::invalid_argument);
  std::vector<std::int16_t> short_codes(1);
  EXPECT_THROW(quantize_weights(std::vector<float>(2), 1.0F, 8, short_codes),
               std::invalid_argument);
}

}  // namespace
}  // namespace systerm
