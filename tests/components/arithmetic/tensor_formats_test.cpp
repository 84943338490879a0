// SPDX-License-Identifier: Apache-2.0
// The formats of tensors with fixed parameters, each against its definition in plain loops.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <random>

#include "components/arithmetic/minifloat.h"
#include "components/arithmetic/tensor_format.h"
#include "tests/components/arithmetic/every_target.h"

namespace systerm {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

EncodedTensor encoded(const char* name, const std::vector<float>& values, std::size_t rows) {
  EncodedTensor result;
  make_tensor_format(name)->encode(matrix_view(values, rows, values.size() / rows), result);
  return result;
}

std::vector<float> decoded(const char* name, const EncodedTensor& codes) {
  std::vector<float> values(codes.rows * codes.columns);
  make_tensor_format(name)->decode(codes, values);
  return values;
}

double nearest(const Minifloat& shape, double value) {
  const std::array<float, 256> values = minifloat_values(shape);
  int best = 0;
  for (int code = 0; code < 1 << (shape.bits() - 1); ++code) {
    if (!std::isfinite(values[static_cast<std::size_t>(code)])) continue;
    const double distance =
        std::abs(std::abs(value) - static_cast<double>(values[static_cast<std::size_t>(code)]));
    const double least =
        std::abs(std::abs(value) - static_cast<double>(values[static_cast<std::size_t>(best)]));
    if (distance < least || (distance == least && code % 2 == 0)) best = code;
  }
  return std::copysign(static_cast<double>(values[static_cast<std::size_t>(best)]), value);
}

// Section 6.3 of MX v1.0: floor(log2) in double is exact here.
double mx_value(const Minifloat* element, int largest_exponent, double block_largest, double x) {
  if (block_largest == 0) return 0;
  const int scale = std::max(std::ilogb(block_largest) - largest_exponent, -127);
  if (element == nullptr) {
    const double units = std::nearbyint(std::ldexp(x, 6 - scale));
    return std::ldexp(std::clamp(units, -127.0, 127.0), scale - 6);
  }
  return std::ldexp(nearest(*element, std::ldexp(x, -scale)), scale);
}

struct MxCase {
  const char* name;
  const Minifloat* element;
  int largest_exponent;
};
constexpr std::array kMxCases = {MxCase{"mxfp8_e5m2", &kE5M2, 15}, MxCase{"mxfp8_e4m3", &kE4M3, 8},
                                 MxCase{"mxfp6_e3m2", &kE3M2, 4},  MxCase{"mxfp6_e2m3", &kE2M3, 2},
                                 MxCase{"mxfp4", &kE2M1, 2},       MxCase{"mxint8", nullptr, 0}};

class TensorFormatsTest : public TargetTest {
 protected:
  std::mt19937 random_{17};

  // Blocks of all sizes, from subnormal ones to those near the largest number.
  std::vector<float> some_values(std::size_t rows, std::size_t columns, int low, int high) {
    std::normal_distribution<float> normal;
    std::vector<float> values(rows * columns);
    int size = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i % 16 == 0) {
        size = low + static_cast<int>(random_() % static_cast<unsigned>(high - low));
      }
      values[i] = std::ldexp(std::clamp(normal(random_), -3.0F, 3.0F),
                             size - static_cast<int>(random_() % 6));
      if (random_() % 40 == 0) values[i] = 0;
    }
    return values;
  }
};

TEST_P(TensorFormatsTest, MxEqualsItsSpecification) {
  constexpr std::size_t kRows = 40;
  constexpr std::size_t kColumns = 80;  // two and a half blocks
  for (const MxCase& each : kMxCases) {
    const std::vector<float> x = some_values(kRows, kColumns, -150, 126);
    const std::vector<float> y = decoded(each.name, encoded(each.name, x, kRows));
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t first = i / kColumns * kColumns + i % kColumns / 32 * 32;
      const std::size_t last = std::min(first + 32, (i / kColumns + 1) * kColumns);
      double largest = 0;
      for (std::size_t k = first; k < last; ++k) {
        largest = std::max(largest, std::abs(static_cast<double>(x[k])));
      }
      ASSERT_EQ(static_cast<double>(y[i]),
                mx_value(each.element, each.largest_exponent, largest, static_cast<double>(x[i])))
          << each.name << " element " << i << " value " << x[i];
    }
  }
}

TEST_P(TensorFormatsTest, MxMarksABlockThatIsNotFinite) {
  for (const MxCase& each : kMxCases) {
    for (const float bad : {kNaN, kInfinity, -kInfinity}) {
      std::vector<float> x(96, 1.0F);
      x[40] = bad;
      const EncodedTensor codes = encoded(each.name, x, 1);
      EXPECT_EQ(codes.scales[1], 0xFF);
      EXPECT_TRUE(std::all_of(codes.codes.begin() + 32, codes.codes.begin() + 64,
                              [](int code) { return code == 0; }));
      const std::vector<float> y = decoded(each.name, codes);
      for (std::size_t i = 0; i < 96; ++i) EXPECT_EQ(std::isnan(y[i]), i / 32 == 1) << each.name;
    }
  }
}

TEST_P(TensorFormatsTest, MxGivesABlockOfZerosTheSmallestScale) {
  for (const MxCase& each : kMxCases) {
    const EncodedTensor codes = encoded(each.name, std::vector<float>(32, 0.0F), 1);
    EXPECT_EQ(codes.scales[0], 0) << each.name;
    EXPECT_EQ(decoded(each.name, codes), std::vector<float>(32, 0.0F));
  }
}

TEST_P(TensorFormatsTest, MxCutsToTheLargestNormalNumber) {
  // 1.9375 is above what a mantissa of up to three bits holds just below a power of two.
  std::vector<float> x(32, 0.0F);
  x[0] = 1.9375F + 0.0546875F;
  const std::map<std::string, float> largest = {{"mxfp8_e5m2", 1.75F}, {"mxfp8_e4m3", 1.75F},
                                                {"mxfp6_e3m2", 1.75F}, {"mxfp6_e2m3", 1.875F},
                                                {"mxfp4", 1.5F},       {"mxint8", 1.984375F}};
  for (const MxCase& each : kMxCases) {
    const EncodedTensor codes = encoded(each.name, x, 1);
    EXPECT_EQ(decoded(each.name, codes)[0], largest.at(each.name)) << each.name;
  }
}

TEST_P(TensorFormatsTest, Nvfp4FollowsItsOrderOfOperations) {
  constexpr std::size_t kRows = 30;
  constexpr std::size_t kColumns = 40;
  const std::vector<float> x = some_values(kRows, kColumns, -20, 20);
  float largest = 0;
  for (const float value : x) largest = std::max(largest, std::abs(value));
  const float scale = 2688.0F / largest;
  const EncodedTensor codes = encoded("nvfp4", x, kRows);
  EXPECT_EQ(codes.tensor_scale, scale);
  const std::vector<float> y = decoded("nvfp4", codes);
  const std::array<float, 256> scales = minifloat_values(kE4M3);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t first = i / kColumns * kColumns + i % kColumns / 16 * 16;
    const std::size_t last = std::min(first + 16, (i / kColumns + 1) * kColumns);
    float block = 0;
    for (std::size_t k = first; k < last; ++k) block = std::max(block, std::abs(x[k]));
    const auto d = static_cast<float>(nearest(kE4M3, static_cast<double>(block / 6.0F * scale)));
    ASSERT_EQ(scales[codes.scales[i / kColumns * 3 + i % kColumns / 16]], d);
    const auto element =
        d == 0 ? 0.0F : static_cast<float>(nearest(kE2M1, static_cast<double>(x[i] * (scale / d))));
    ASSERT_EQ(y[i], element * (d * (1.0F / scale))) << i;
  }
  EXPECT_EQ(*std::max_element(codes.scales.begin(), codes.scales.end()), 0x7E);  // 448
}

INSTANTIATE_TEST_SUITE_P(Targets, TensorFormatsTest, testing::ValuesIn(targets_of_this_machine()),
                         target_name);

TEST(Nvfp4Test, ZerosStayZerosAndWhatIsNotFiniteIsRefused) {
  EXPECT_EQ(decoded("nvfp4", encoded("nvfp4", std::vector<float>(20, 0.0F), 1)),
            std::vector<float>(20, 0.0F));
  EXPECT_THROW(encoded("nvfp4", {1, kNaN}, 1), NonFiniteValue);
}

std::uint32_t bits_of(float value) { return std::bit_cast<std::uint32_t>(value); }

TEST(PlainFloatTest, EveryBfloat16CodeStandsForItself) {
  std::vector<float> x(65536);
  for (std::uint32_t code = 0; code < 65536; ++code) x[code] = std::bit_cast<float>(code << 16);
  const EncodedTensor codes = encoded("bfloat16", x, 1);
  const std::vector<float> y = decoded("bfloat16", codes);
  for (std::uint32_t code = 0; code < 65536; ++code) {
    if (std::isnan(x[code])) {
      ASSERT_TRUE(std::isnan(y[code]));
    } else {
      ASSERT_EQ(bits_of(y[code]), code << 16);
    }
  }
}

TEST(PlainFloatTest, Bfloat16RoundsToNearestEven) {
  // 1 + 2^-8 lies between 1 and 1 + 2^-7, of which 1 is even; 1 + 3 * 2^-8 goes up.
  const std::vector<float> x = {1 + 0x1p-8F, 1 + 0x1.8p-7F, 1 + 0x1.01p-8F, 3.4e38F, -1e-45F};
  const std::vector<float> y = decoded("bfloat16", encoded("bfloat16", x, 1));
  EXPECT_EQ(y[0], 1.0F);
  EXPECT_EQ(y[1], 1 + 0x1p-6F);
  EXPECT_EQ(y[2], 1 + 0x1p-7F);
  EXPECT_TRUE(std::isinf(y[3]));
  EXPECT_EQ(y[4], 0.0F);
}

double binary16(int code) {
  const int exponent = code >> 10 & 31;
  const int mantissa = code & 1023;
  const double magnitude =
      std::ldexp(mantissa + (exponent == 0 ? 0 : 1024), std::max(exponent, 1) - 25);
  return (code & 0x8000) != 0 ? -magnitude : magnitude;
}

TEST(PlainFloatTest, EveryBinary16CodeStandsForItself) {
  for (int code = 0; code < 65536; ++code) {
    if ((code >> 10 & 31) == 31) continue;
    const std::vector<float> x = {static_cast<float>(binary16(code))};
    const EncodedTensor codes = encoded("fp16", x, 1);
    ASSERT_EQ(codes.codes[0] | codes.codes[1] << 8, code);
    ASSERT_EQ(bits_of(decoded("fp16", codes)[0]), bits_of(x[0]));
  }
}

TEST(PlainFloatTest, Binary16MidpointsRoundToEven) {
  std::vector<float> x;
  for (int code = 0; code < 0x7BFF; ++code) {
    const auto middle = static_cast<float>((binary16(code) + binary16(code + 1)) / 2);
    x.insert(x.end(), {middle, std::nextafter(middle, 0.0F), std::nextafter(middle, 1e9F)});
  }
  const EncodedTensor codes = encoded("fp16", x, 1);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const int low = static_cast<int>(i / 3);
    const int even = low % 2 == 0 ? low : low + 1;
    const int expected = i % 3 == 0 ? even : i % 3 == 1 ? low : low + 1;
    ASSERT_EQ(codes.codes[2 * i] | codes.codes[2 * i + 1] << 8, expected) << x[i];
  }
}

TEST(PlainFloatTest, Binary16OverflowsToInfinity) {
  const std::vector<float> x = {65519, 65520, -1e10F, kInfinity, kNaN};
  const EncodedTensor codes = encoded("fp16", x, 1);
  EXPECT_EQ(codes.saturated, 2U);
  const std::vector<float> y = decoded("fp16", codes);
  EXPECT_EQ(y[0], 65504);
  EXPECT_EQ(y[1], kInfinity);
  EXPECT_EQ(y[2], -kInfinity);
  EXPECT_EQ(y[3], kInfinity);
  EXPECT_TRUE(std::isnan(y[4]));
}

TEST(PlainFloatTest, Fp32StaysAsItIs) {
  const std::vector<float> x = {1e-45F, -0.0F, 3.4e38F, kInfinity};
  EXPECT_EQ(decoded("fp32", encoded("fp32", x, 1)), x);
}

}  // namespace
}  // namespace systerm
