// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/post_processing.h"

#include <cmath>

#include "gtest/gtest.h"

namespace systerm {
namespace {

using enum ActivationFunction;

constexpr ActivationFunction kAll[] = {kIdentity,    kRelu, kClip,  kLeakyRelu, kSigmoid,
                                       kHardSigmoid, kTanh, kSwish, kHardSwish, kGelu};

TEST(Activation, NamesRoundTrip) {
  for (const ActivationFunction function : kAll) {
    EXPECT_EQ(activation_from_string(to_string(function)), function);
  }
  EXPECT_EQ(activation_from_string("softmax"), std::nullopt);
}

TEST(Activation, PiecewiseLinearFunctions) {
  EXPECT_EQ(apply({kIdentity}, -1.5F), -1.5F);
  EXPECT_EQ(apply({kRelu}, -1.5F), 0.0F);
  EXPECT_EQ(apply({kRelu}, 1.5F), 1.5F);
  EXPECT_EQ(apply({kClip, 0.0F, 6.0F}, 7.0F), 6.0F);
  EXPECT_EQ(apply({kClip, -1.0F, 6.0F}, -7.0F), -1.0F);
  EXPECT_EQ(apply({kLeakyRelu, 0.25F}, -2.0F), -0.5F);
  EXPECT_EQ(apply({kLeakyRelu, 0.25F}, 2.0F), 2.0F);
  EXPECT_EQ(apply({kHardSigmoid, 0.25F, 0.5F}, 1.0F), 0.75F);
  EXPECT_EQ(apply({kHardSigmoid, 0.25F, 0.5F}, 4.0F), 1.0F);
  EXPECT_EQ(apply({kHardSwish}, 3.0F), 3.0F);
  EXPECT_EQ(apply({kHardSwish}, -3.0F), 0.0F);
  EXPECT_EQ(apply({kHardSwish}, 1.5F), 1.5F * 0.75F);
}

TEST(Activation, SmoothFunctionsAreRoundedOnceFromDouble) {
  for (float x = -20.0F; x <= 20.0F; x += 0.0625F) {
    const double d = x;
    EXPECT_EQ(apply({kSigmoid}, x), static_cast<float>(1.0 / (1.0 + std::exp(-d))));
    EXPECT_EQ(apply({kTanh}, x), static_cast<float>(std::tanh(d)));
    EXPECT_FLOAT_EQ(apply({kSwish}, x), static_cast<float>(d / (1.0 + std::exp(-d))));
    EXPECT_FLOAT_EQ(apply({kGelu}, x),
                    static_cast<float>(0.5 * d * (1.0 + std::erf(d / std::sqrt(2.0)))));
  }
}

TEST(Activation, KnowsWhichFunctionsAreNeverNegative) {
  const Activation candidates[] = {{kIdentity},
                                   {kRelu},
                                   {kClip, 0.0F, 6.0F},
                                   {kClip, -1.0F, 1.0F},
                                   {kClip, 2.0F, -3.0F},
                                   {kLeakyRelu, 0.1F},
                                   {kLeakyRelu, -0.1F},
                                   {kLeakyRelu, 0.0F},
                                   {kSigmoid},
                                   {kHardSigmoid, 0.2F, 0.5F},
                                   {kTanh},
                                   {kSwish},
                                   {kHardSwish},
                                   {kGelu}};
  for (const Activation& activation : candidates) {
    bool negative = false;
    for (float x = -8.0F; x <= 8.0F; x += 0.125F) negative |= apply(activation, x) < 0.0F;
    EXPECT_EQ(is_nonnegative(activation), !negative) << to_string(activation.function);
  }
}

TEST(Requantize, RoundsHalfAwayFromZeroAndSaturates) {
  EXPECT_EQ(requantize(1.25F, 0.5F, 127), 3);
  EXPECT_EQ(requantize(-1.25F, 0.5F, 127), -3);
  EXPECT_EQ(requantize(1.24F, 0.5F, 127), 2);
  EXPECT_EQ(requantize(1e30F, 0.5F, 127), 127);
  EXPECT_EQ(requantize(-1e30F, 0.5F, 255), -255);
  EXPECT_EQ(requantize(-0.0F, 0.5F, 255), 0);
}

}  // namespace
}  // namespace systerm
