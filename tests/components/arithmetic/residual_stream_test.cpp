// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/residual_stream.h"

#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace systerm {
namespace {

constexpr std::size_t kValues = 512;

std::vector<float> drawn(std::mt19937& random, float reach) {
  std::uniform_real_distribution<float> values(-reach, reach);
  std::vector<float> result(kValues);
  for (float& value : result) value = values(random);
  return result;
}

StreamFormat fixed(int bits, int fraction_bits, BfpRounding rounding = BfpRounding::kNearest) {
  return {.name = "fixed", .bits = bits, .fraction_bits = fraction_bits, .rounding = rounding};
}

TEST(ResidualStream, FixedPointComesBackWhateverIsAdded) {
  const std::uint32_t seed = std::random_device()();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937 random(seed);
  for (const int bits : {2, 5, 16, 24}) {
    for (const BfpRounding rounding :
         {BfpRounding::kTruncate, BfpRounding::kNearest, BfpRounding::kStochastic}) {
      const auto stream = make_residual_stream(fixed(bits, bits / 2, rounding));
      std::vector<float> x = drawn(random, 3.0F);
      stream->enter(x);
      const RandomBits bytes(RandomKey{.seed = seed});
      for (const float reach : {0.1F, 10.0F, 1e10F, 1e30F}) {
        const std::vector<float> f = drawn(random, reach);
        std::vector<float> y(kValues);
        stream->add(x, f, bytes, 7, y);
        std::vector<float> back(kValues);
        stream->subtract(y, f, bytes, 7, back);
        EXPECT_EQ(back, x) << "seed " << seed << ", " << bits << " bits, reach " << reach;
      }
    }
  }
}

TEST(ResidualStream, FixedPointTakesWhatIsNoNumber) {
  const auto stream = make_residual_stream(fixed(16, 8));
  const std::vector<float> x{1.5F, -2.0F, 0.25F};
  const std::vector<float> f{std::numeric_limits<float>::infinity(),
                             -std::numeric_limits<float>::infinity(),
                             std::numeric_limits<float>::quiet_NaN()};
  std::vector<float> y(3);
  stream->add(x, f, {}, 0, y);
  stream->subtract(y, f, {}, 0, y);
  EXPECT_EQ(y, x);
}

TEST(ResidualStream, SumsRoundToStepsAndWrapAround) {
  const auto stream = make_residual_stream(fixed(4, 2));  // -2 to 1.75 in steps of 0.25
  const std::vector<float> x{0.5F, 1.5F, -2.0F, 1.75F};
  const std::vector<float> f{0.2F, 0.5F, -0.25F, 4.0F};
  std::vector<float> y(4);
  const StreamCounts counts = stream->add(x, f, {}, 0, y);
  EXPECT_EQ(y, (std::vector<float>{0.75F, -2.0F, 1.75F, 1.75F}));
  EXPECT_EQ(counts, (StreamCounts{.wrapped = 3}));
}

TEST(ResidualStream, SaturationIsCountedAndLost) {
  StreamFormat format = fixed(4, 2);
  format.overflow = StreamOverflow::kSaturate;
  const auto stream = make_residual_stream(format);
  const std::vector<float> x{1.5F};
  const std::vector<float> f{0.5F};
  std::vector<float> y(1);
  EXPECT_EQ(stream->add(x, f, {}, 0, y), (StreamCounts{.saturated = 1}));
  EXPECT_EQ(y[0], 1.75F);
  stream->subtract(y, f, {}, 0, y);
  EXPECT_EQ(y[0], 1.25F);
}

TEST(ResidualStream, EnteringTakesTheNearestStep) {
  const auto stream = make_residual_stream(fixed(4, 2));
  std::vector<float> values{0.37F, -0.1F, 5.0F};
  EXPECT_EQ(stream->enter(values), (StreamCounts{.wrapped = 1}));
  EXPECT_EQ(values, (std::vector<float>{0.25F, 0.0F, 1.0F}));
}

TEST(ResidualStream, Bf16KeepsEightBits) {
  const auto stream = make_residual_stream({.name = "bf16"});
  std::vector<float> values{1.0F + 0x1p-9F, 1.0F + 0x1p-8F + 0x1p-20F, -3.14159F};
  stream->enter(values);
  EXPECT_EQ(values, (std::vector<float>{1.0F, 1.0F + 0x1p-7F, -3.140625F}));
}

TEST(ResidualStream, RoundedStreamsDoNotComeBack) {
  std::mt19937 random(1);
  for (const char* name : {"fp32", "bf16", "bfp"}) {
    const auto stream = make_residual_stream({.name = name});
    std::vector<float> x = drawn(random, 1.0F);
    stream->enter(x);
    const std::vector<float> f = drawn(random, 5.0F);
    std::vector<float> y(kValues);
    stream->add(x, f, {}, 0, y);
    stream->subtract(y, f, {}, 0, y);
    EXPECT_NE(y, x) << name;
  }
}

TEST(ResidualStream, WhatCannotBeIsRefused) {
  EXPECT_THROW(make_residual_stream({.name = "fixd"}), std::invalid_argument);
  try {
    make_residual_stream({.bits = 25});
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "bits of a stream: expected 2 to 24; got 25");
  }
}

}  // namespace
}  // namespace systerm
