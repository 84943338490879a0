// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/minifloat.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>
#include <vector>

#include "tests/components/arithmetic/every_target.h"

namespace systerm {
namespace {

constexpr std::array kShapes = {kE5M2, kE4M3, kE3M2, kE2M3, kE2M1};

// The nearest code by looking at all of them; of two as near the one with an even mantissa.
int nearest_code(const Minifloat& shape, double value) {
  const std::array<float, 256> values = minifloat_values(shape);
  const int sign = 1 << (shape.bits() - 1);
  int best = 0;
  for (int code = 0; code < sign; ++code) {
    if (!std::isfinite(values[static_cast<std::size_t>(code)])) continue;
    const double distance = std::abs(std::abs(value) - values[static_cast<std::size_t>(code)]);
    const double least = std::abs(std::abs(value) - values[static_cast<std::size_t>(best)]);
    if (distance < least || (distance == least && code % 2 == 0)) best = code;
  }
  return best + (std::signbit(value) ? sign : 0);
}

class MinifloatTest : public TargetTest {};

TEST_P(MinifloatTest, EveryCodeStandsForItself) {
  for (const Minifloat& shape : kShapes) {
    const std::array<float, 256> values = minifloat_values(shape);
    for (int code = 0; code < 1 << shape.bits(); ++code) {
      const float value = values[static_cast<std::size_t>(code)];
      if (!std::isfinite(value)) continue;
      ASSERT_EQ(minifloat_code(shape, value), code) << shape.bits() << " bits";
    }
  }
}

TEST_P(MinifloatTest, MidpointsAndTheirNeighboursRoundToNearestEven) {
  for (const Minifloat& shape : kShapes) {
    const std::array<float, 256> values = minifloat_values(shape);
    for (int code = 0; code + 1 < 1 << (shape.bits() - 1); ++code) {
      const float low = values[static_cast<std::size_t>(code)];
      const float high = values[static_cast<std::size_t>(code + 1)];
      if (!std::isfinite(low) || !std::isfinite(high)) continue;
      const float middle = (low + high) / 2;
      for (const float value :
           {middle, std::nextafter(middle, 0.0F), std::nextafter(middle, 1e9F), -middle}) {
        ASSERT_EQ(minifloat_code(shape, value), nearest_code(shape, static_cast<double>(value)))
            << value;
      }
    }
  }
}

TEST_P(MinifloatTest, AnyValueRoundsToNearestEvenOrIsCut) {
  std::mt19937 random(5);
  std::vector<float> values(20000);
  for (float& value : values) {
    value = std::ldexp(std::uniform_real_distribution<float>(-2, 2)(random),
                       static_cast<int>(random() % 50) - 25);
  }
  const std::vector<std::array<float, 2>> ones(values.size() / 32 + 1, {1.0F, 1.0F});
  for (const Minifloat& shape : kShapes) {
    std::vector<std::uint8_t> codes(values.size());
    const std::uint64_t cut = minifloat_codes(shape, values, 32, ones, codes.data());
    for (std::size_t i = 0; i < values.size(); ++i) {
      ASSERT_EQ(codes[i], nearest_code(shape, static_cast<double>(values[i]))) << values[i];
    }
    // Cut is what would round to the next number if there was one.
    const float half = std::ldexp(1.0F, shape.largest_exponent - shape.mantissa_bits - 1);
    const bool last_is_even = nearest_code(shape, static_cast<double>(shape.largest)) % 2 == 0;
    const auto above = static_cast<std::uint64_t>(std::ranges::count_if(values, [&](float x) {
      return last_is_even ? std::abs(x) > shape.largest + half
                          : std::abs(x) >= shape.largest + half;
    }));
    EXPECT_EQ(cut, above);
  }
}

TEST_P(MinifloatTest, IntegersRoundToNearestEvenAndAreCut) {
  std::vector<float> values;
  for (int eighth = -1200; eighth <= 1200; ++eighth) {
    values.push_back(static_cast<float>(eighth) / 8);
  }
  values.push_back(1e30F);
  values.push_back(-1e30F);
  std::vector<std::uint8_t> codes(values.size());
  const std::vector<std::array<float, 2>> ones(values.size() / 7 + 1, {1.0F, 1.0F});
  integer_codes(127, values, 7, ones, codes.data());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float expected = std::clamp(std::nearbyint(values[i]), -127.0F, 127.0F);
    ASSERT_EQ(static_cast<float>(static_cast<std::int8_t>(codes[i])), expected) << values[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, MinifloatTest, testing::ValuesIn(targets_of_this_machine()),
                         target_name);

// MX v1.0, tables 1 to 5.
TEST(MinifloatShapeTest, LimitsAreThoseOfTheSpecification) {
  struct Limits {
    Minifloat shape;
    double largest;
    double smallest_normal;
    double smallest_subnormal;
  };
  for (const Limits& limits :
       {Limits{kE5M2, 57344, 0x1p-14, 0x1p-16}, Limits{kE4M3, 448, 0x1p-6, 0x1p-9},
        Limits{kE3M2, 28, 0.25, 0.0625}, Limits{kE2M3, 7.5, 1, 0.125}, Limits{kE2M1, 6, 1, 0.5}}) {
    const std::array<float, 256> values = minifloat_values(limits.shape);
    double largest = 0;
    for (int code = 0; code < 1 << (limits.shape.bits() - 1); ++code) {
      const double value = static_cast<double>(values[static_cast<std::size_t>(code)]);
      if (std::isfinite(value)) largest = std::max(largest, value);
    }
    EXPECT_EQ(largest, limits.largest);
    EXPECT_EQ(static_cast<double>(limits.shape.largest), limits.largest);
    EXPECT_EQ(static_cast<double>(values[1]), limits.smallest_subnormal);
    EXPECT_EQ(static_cast<double>(values[1U << limits.shape.mantissa_bits]),
              limits.smallest_normal);
  }
  const auto e5m2 = minifloat_values(kE5M2);
  EXPECT_TRUE(std::isinf(e5m2[0x7C]));
  for (const int code : {0x7D, 0x7E, 0x7F, 0xFD, 0xFE, 0xFF}) {
    EXPECT_TRUE(std::isnan(e5m2[static_cast<std::size_t>(code)]));
  }
  const auto e4m3 = minifloat_values(kE4M3);
  EXPECT_TRUE(std::isnan(e4m3[0x7F]));
  EXPECT_TRUE(std::isnan(e4m3[0xFF]));
  EXPECT_EQ(e4m3[0x7E], 448);
}

}  // namespace
}  // namespace systerm
