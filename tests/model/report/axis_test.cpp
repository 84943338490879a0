// SPDX-License-Identifier: Apache-2.0
#include "model/report/axis.h"

#include <cmath>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace systerm {
namespace {

std::vector<std::string> labels(const NumberAxis& axis, int wanted) {
  std::vector<std::string> texts;
  for (const AxisTick& tick : axis.ticks(wanted)) texts.push_back(tick.label);
  return texts;
}

TEST(NumberAxis, LabelsRoundNumbers) {
  EXPECT_THAT(labels({0.0, 9.3, false}, 6), testing::ElementsAre("0", "2", "4", "6", "8", "10"));
  EXPECT_THAT(labels({0.0, 4.8e6, false}, 6),
              testing::ElementsAre("0", "1 M", "2 M", "3 M", "4 M", "5 M"));
}

TEST(NumberAxis, LabelsDecadesOfALogarithmicAxis) {
  EXPECT_THAT(labels({3.0, 2.5e5, true}, 8),
              testing::ElementsAre("1", "10", "100", "1000", "10 k", "100 k", "1 M"));
  EXPECT_THAT(labels({12.0, 80.0, true}, 8), testing::ElementsAre("10", "20", "50", "100"));
}

TEST(NumberAxis, IsLinearWhereThereIsNoLogarithm) {
  EXPECT_FALSE(NumberAxis(0.0, 10.0, true).is_logarithmic());
  EXPECT_TRUE(NumberAxis(0.1, 10.0, true).is_logarithmic());
}

TEST(NumberAxis, HoldsEveryRangeAndTicksInsideIt) {
  const unsigned seed = std::random_device{}();
  RecordProperty("seed", static_cast<int>(seed));
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> exponent(-9.0, 12.0);
  for (int round = 0; round < 2000; ++round) {
    double low = std::pow(10.0, exponent(random));
    double high = std::pow(10.0, exponent(random));
    if (low > high) std::swap(low, high);
    if (round % 5 == 0) high = low;
    const NumberAxis axis(low, high, round % 2 == 0);
    EXPECT_GE(axis.share(low), -1e-9) << low << ' ' << high;
    EXPECT_LE(axis.share(high), 1.0 + 1e-9) << low << ' ' << high;
    const auto ticks = axis.ticks(8);
    EXPECT_GE(ticks.size(), 2U) << low << ' ' << high;
    EXPECT_LE(ticks.size(), 14U) << low << ' ' << high;
    for (const AxisTick& tick : ticks) {
      EXPECT_GE(axis.share(tick.value), -1e-6) << low << ' ' << high;
      EXPECT_LE(axis.share(tick.value), 1.0 + 1e-6) << low << ' ' << high;
    }
  }
}

TEST(ShortNumber, TakesThePrefixThatFits) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(0.25), "0.25");
  EXPECT_EQ(short_number(1234), "1234");
  EXPECT_EQ(short_number(12345678), "12.35 M");
  EXPECT_EQ(short_number(-5e9), "-5 G");
  EXPECT_EQ(short_number(3.2e-5), "32 \xC2\xB5");
  EXPECT_EQ(short_number(1e6), "1 M");
}

}  // namespace
}  // namespace systerm
