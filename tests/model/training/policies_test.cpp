// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include <gtest/gtest.h>

#include "model/training/policy.h"

namespace systerm {
namespace {

constexpr std::size_t kLayers = 4;
constexpr std::int64_t kIterations = 100;

PrecisionRequest request(std::size_t layer, std::int64_t iteration, double improvement = 0.3,
                         OperandKind kind = OperandKind::kWeights) {
  return {.kind = kind,
          .layer = layer,
          .layers = kLayers,
          .iteration = iteration,
          .iterations = kIterations,
          .improvement = [=] { return improvement; }};
}

std::unique_ptr<PrecisionPolicy> policy(const std::string& name,
                                        const PolicyParameters& parameters = {}) {
  return make_policy(name, parameters, {.layers = {"a", "b", "c", "d"}, .iterations = kIterations});
}

TEST(PrecisionPolicies, FixedTakesAPrecisionForEachKind) {
  const auto fixed = policy("fixed", {.weights = 2, .activations = 4, .gradients = 3});
  EXPECT_EQ(fixed->mantissa_bits(request(0, 0, 0.3, OperandKind::kWeights)), 2);
  EXPECT_EQ(fixed->mantissa_bits(request(3, 99, 0.3, OperandKind::kActivations)), 4);
  EXPECT_EQ(fixed->mantissa_bits(request(2, 50, 0.3, OperandKind::kGradients)), 3);
}

TEST(PrecisionPolicies, TemporalRisesInAllLayersAtOnce) {
  const auto temporal = policy("temporal", {.low_share = 0.25});
  for (std::size_t layer = 0; layer < kLayers; ++layer) {
    EXPECT_EQ(temporal->mantissa_bits(request(layer, 24)), 2);
    EXPECT_EQ(temporal->mantissa_bits(request(layer, 25)), 4);
  }
}

TEST(PrecisionPolicies, LayerWiseKeepsTheFirstLayersLow) {
  const auto layer_wise = policy("layer_wise", {.low_share = 0.5});
  for (const std::int64_t iteration : {0, 99}) {
    EXPECT_EQ(layer_wise->mantissa_bits(request(1, iteration)), 2);
    EXPECT_EQ(layer_wise->mantissa_bits(request(2, iteration)), 4);
  }
}

// threshold(l, i) = 0.6 - 0.3 i / I - 0.3 l / L
TEST(PrecisionPolicies, AdaptiveComparesWithAThresholdThatFalls) {
  const auto adaptive = policy("adaptive");
  EXPECT_EQ(adaptive->mantissa_bits(request(0, 0, 0.59)), 2);
  EXPECT_EQ(adaptive->mantissa_bits(request(0, 0, 0.61)), 4);
  // 0.6 - 0.15 - 0.15 = 0.3
  EXPECT_EQ(adaptive->mantissa_bits(request(2, 50, 0.29)), 2);
  EXPECT_EQ(adaptive->mantissa_bits(request(2, 50, 0.31)), 4);
}

TEST(PrecisionPolicies, AdaptiveIsAStaircase) {
  const auto adaptive = policy("adaptive");
  for (std::size_t layer = 0; layer < kLayers; ++layer) {
    for (std::int64_t i = 1; i < kIterations; ++i) {
      EXPECT_GE(adaptive->mantissa_bits(request(layer, i)),
                adaptive->mantissa_bits(request(layer, i - 1)));
      if (layer == 0) continue;
      EXPECT_GE(adaptive->mantissa_bits(request(layer, i)),
                adaptive->mantissa_bits(request(layer - 1, i)));
    }
  }
}

TEST(PrecisionPolicies, AnUnknownNameSuggestsTheNearest) {
  try {
    policy("adaptiv");
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "unknown precision policy 'adaptiv'; did you mean 'adaptive'?");
  }
}

}  // namespace
}  // namespace systerm
