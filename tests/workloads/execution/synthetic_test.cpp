// SPDX-License-Identifier: Apache-2.0
#include "workloads/data/synthetic.h"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>

namespace systerm {
namespace {

TEST(SyntheticWeights, LargestOneIsExactlyAtThePeakAndAlone) {
  for (const char* layer : {"conv1", "layer1.0.conv2", "fc", "x"}) {
    const double peak = synthetic_weight_peak(1, layer);
    EXPECT_GE(peak, kSmallestWeightPeak);
    EXPECT_LT(peak, kLargestWeightPeak);
    const auto largest = static_cast<float>(peak * std::sqrt(2.0 / 288));
    std::vector<float> weights = synthetic_weights(1, layer, 288, 5001);
    EXPECT_EQ(std::count_if(weights.begin(), weights.end(),
                            [&](float w) { return std::fabs(w) >= largest; }),
              1);
    EXPECT_EQ(
        std::fabs(*std::max_element(weights.begin(), weights.end(),
                                    [](float a, float b) { return std::fabs(a) < std::fabs(b); })),
        largest);
  }
}

TEST(SyntheticWeights, AreLaplaceWithHeScale) {
  const std::size_t count = 1'000'000;
  const std::vector<float> weights = synthetic_weights(3, "layer", 512, count);
  double sum = 0, magnitudes = 0, squares = 0, fourth = 0;
  for (const double w : weights) {
    sum += w;
    magnitudes += std::fabs(w);
    squares += w * w;
    fourth += w * w * w * w;
  }
  const double sigma = std::sqrt(2.0 / 512);
  EXPECT_NEAR(sum / count, 0.0, 0.005 * sigma);
  EXPECT_NEAR(std::sqrt(squares / count), sigma, 0.005 * sigma);
  // Moments of the Laplace distribution: mean magnitude sigma / sqrt 2, kurtosis 6 (3 for a
  // Gaussian).
  EXPECT_NEAR(magnitudes / count, sigma / std::sqrt(2.0), 0.005 * sigma);
  EXPECT_NEAR(fourth * count / (squares * squares), 6.0, 0.25);
}

TEST(SyntheticWeights, DependOnSeedAndLayerOnly) {
  const std::vector<float> once = synthetic_weights(1, "a", 9, 5000);
  EXPECT_EQ(once, synthetic_weights(1, "a", 9, 5000));
  EXPECT_NE(once, synthetic_weights(2, "a", 9, 5000));
  EXPECT_NE(once, synthetic_weights(1, "b", 9, 5000));
}

TEST(SyntheticWeights, AreTheSameNumbersOnEveryPlatform) {
  // Regression values; they change only if the generator does, which changes every result on
  // synthetic weights.
  const std::vector<float> weights = synthetic_weights(1, "conv1", 2, 3000);
  EXPECT_THAT(
      std::vector<float>(weights.begin(), weights.begin() + 4),
      testing::ElementsAre(0x1.b843b4p-2F, -0x1.5b8714p-3F, 0x1.78c048p-1F, 0x1.d69452p-2F));
  EXPECT_EQ(weights[2999], -0x1.69cf14p-3F);
}

TEST(SyntheticData, IsARectifiedGaussian) {
  const std::size_t count = 400'000;
  const std::vector<float> data = synthetic_data(1, "input", count);
  std::size_t zeros = 0, above_one = 0, above_three = 0;
  double sum = 0;
  for (const float value : data) {
    ASSERT_GE(value, 0.0F);
    zeros += value == 0.0F;
    above_one += value > 1.0F;
    above_three += value > 3.0F;
    sum += value;
  }
  const auto share = [&](std::size_t n) { return static_cast<double>(n) / count; };
  EXPECT_NEAR(share(zeros), 0.5, 0.005);
  EXPECT_NEAR(sum / count, 1 / std::sqrt(2 * std::acos(-1.0)), 0.005);  // mean of max(0, x)
  EXPECT_NEAR(share(above_one), 0.158655, 0.003);                       // 1 - Phi(1)
  EXPECT_NEAR(share(above_three), 0.00134990, 0.0003);                  // 1 - Phi(3)
}

TEST(SyntheticData, IsTheSameOnEveryPlatform) {
  const std::vector<float> data = synthetic_data(1, "input", 1000);
  EXPECT_THAT(std::vector<float>(data.begin(), data.begin() + 6),
              testing::ElementsAre(0x0p+0F, 0x0p+0F, 0x1.a1bc48p-2F, 0x1.cd1a7p-1F, 0x0p+0F,
                                   0x1.357c66p+1F));
}

}  // namespace
}  // namespace systerm
