// SPDX-License-Identifier: Apache-2.0
// Rows against the single-value definitions, bit for bit, on every SIMD target of this machine.
#include "components/arithmetic/row_operations.h"

#include <algorithm>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "components/arithmetic/post_processing.h"
#include "components/arithmetic/vector_operations.h"
#include "gtest/gtest.h"
#include "tests/components/arithmetic/every_target.h"

namespace systerm {
namespace {

class RowOperations : public TargetTest {
 protected:
  int uniform(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  float real(float low, float high) {
    return std::uniform_real_distribution<float>(low, high)(random_);
  }

  std::mt19937 random_{20260611};
};

TEST_P(RowOperations, FinishRowsScalesRectifiesAndRequantizes) {
  for (const std::size_t filters : {1, 7, 16, 33, 64}) {
    const std::size_t rows = 5;
    const std::size_t stride = filters + 3;
    std::vector<std::int32_t> sums(rows * stride);
    for (std::int32_t& sum : sums) sum = uniform(-200'000'000, 200'000'000) >> uniform(0, 27);
    std::vector<float> scale(filters);
    std::vector<float> bias(filters);
    for (std::size_t f = 0; f < filters; ++f) {
      scale[f] = real(1e-6F, 1e-2F);
      bias[f] = real(-3.0F, 3.0F);
    }
    for (const bool relu : {false, true}) {
      for (const std::int32_t limit : {7, 127, 255, (1 << 24) - 1}) {
        const RowFinish finish{scale, bias, relu, real(1e-5F, 0.1F), limit};
        std::vector<std::int32_t> codes(rows * filters, -1);
        finish_rows(sums, stride, rows, finish, codes, filters);
        std::vector<float> values(rows * filters);
        scale_rows(sums, stride, rows, finish, values, filters);
        for (std::size_t row = 0; row < rows; ++row) {
          for (std::size_t f = 0; f < filters; ++f) {
            float value = scale_sum(sums[row * stride + f], scale[f], bias[f]);
            EXPECT_EQ(values[row * filters + f], value);
            if (relu) value = value > 0.0F ? value : 0.0F;
            EXPECT_EQ(codes[row * filters + f], requantize(value, finish.scale, limit));
          }
        }
      }
    }
  }
}

TEST_P(RowOperations, ManyShortRowsAreFinishedLikeSingleOnes) {
  for (const std::size_t filters : {1, 10, 20, 63}) {
    const std::size_t rows = 1500 / filters + 7;
    std::vector<std::int32_t> sums(rows * filters);
    for (std::int32_t& sum : sums) sum = uniform(-100'000, 100'000);
    std::vector<float> scale(filters);
    std::vector<float> bias(filters);
    for (std::size_t f = 0; f < filters; ++f) {
      scale[f] = real(1e-4F, 1e-3F);
      bias[f] = real(-3.0F, 3.0F);
    }
    const RowFinish finish{scale, bias, true, 0.1F, 127};
    std::vector<std::int32_t> codes(sums.size(), -1);
    finish_rows(sums, filters, rows, finish, codes, filters);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const float value = scale_sum(sums[i], scale[i % filters], bias[i % filters]);
      ASSERT_EQ(codes[i], requantize(value > 0.0F ? value : 0.0F, 0.1F, 127)) << i;
    }
  }
}

TEST_P(RowOperations, RequantizeRoundsHalfAwayFromZeroAndSaturates) {
  const std::vector<float> values = {0.0F,  -0.0F,  0.25F,   -0.25F,   0.249F, 1.75F,
                                     99.0F, -99.0F, 3.4e38F, -3.4e38F, 1e-40F};
  std::vector<std::int32_t> codes(values.size());
  requantize_row(values, 0.5F, 7, codes);
  EXPECT_EQ(codes, (std::vector<std::int32_t>{0, 0, 1, -1, 0, 4, 7, -7, 7, -7, 0}));
}

TEST_P(RowOperations, EncodeRowLooksCodesUpFromTheMiddleOfTheTable) {
  std::vector<std::int16_t> table(255);
  for (std::int16_t& value : table) value = static_cast<std::int16_t>(uniform(-256, 256));
  std::vector<std::int32_t> codes(1000);
  for (std::int32_t& code : codes) code = uniform(-127, 127);
  std::vector<std::int16_t> encoded(codes.size());
  encode_row(codes, table, encoded);
  std::vector<std::int16_t> narrowed(codes.size());
  narrow_row(codes, narrowed);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    EXPECT_EQ(encoded[i], table[static_cast<std::size_t>(codes[i] + 127)]);
    EXPECT_EQ(narrowed[i], codes[i]);
  }
}

TEST_P(RowOperations, DepthwiseRowSkipsTapsInThePadding) {
  for (const std::size_t channels : {1, 15, 16, 40, 67}) {
    constexpr std::size_t kTaps = 9;
    std::vector<std::vector<std::int16_t>> data(kTaps, std::vector<std::int16_t>(channels));
    std::vector<std::int16_t> weights(kTaps * channels);
    for (auto& tap : data) {
      for (std::int16_t& value : tap) value = static_cast<std::int16_t>(uniform(-256, 256));
    }
    for (std::int16_t& weight : weights) weight = static_cast<std::int16_t>(uniform(-128, 128));
    std::vector<const std::int16_t*> taps;
    for (std::size_t tap = 0; tap < kTaps; ++tap) {
      taps.push_back(tap % 4 == 1 ? nullptr : data[tap].data());
    }
    std::vector<std::int32_t> sums(channels, 99);
    depthwise_row(taps, weights, sums);
    for (std::size_t c = 0; c < channels; ++c) {
      std::int32_t expected = 0;
      for (std::size_t tap = 0; tap < kTaps; ++tap) {
        if (taps[tap] != nullptr) expected += data[tap][c] * weights[tap * channels + c];
      }
      EXPECT_EQ(sums[c], expected);
    }
  }
}

TEST_P(RowOperations, PoolsTakeTheLargestAndTheSumOfTheirTaps) {
  for (const std::size_t channels : {1, 17, 64}) {
    std::vector<std::vector<std::int32_t>> data(5, std::vector<std::int32_t>(channels));
    std::vector<const std::int32_t*> taps;
    for (auto& tap : data) {
      for (std::int32_t& value : tap) value = uniform(-(1 << 24), 1 << 24);
      taps.push_back(tap.data());
    }
    std::vector<std::int32_t> largest(channels, 99);
    std::vector<std::int64_t> sums(channels, 99);
    maximum_row(taps, largest);
    sum_row(taps, sums);
    for (std::size_t c = 0; c < channels; ++c) {
      std::int64_t sum = 0;
      std::int32_t most = data[0][c];
      for (const auto& tap : data) {
        sum += tap[c];
        most = std::max(most, tap[c]);
      }
      EXPECT_EQ(largest[c], most);
      EXPECT_EQ(sums[c], sum);
    }
    maximum_row({}, largest);
    sum_row({}, sums);
    EXPECT_EQ(largest, std::vector<std::int32_t>(channels, 0));
    EXPECT_EQ(sums, std::vector<std::int64_t>(channels, 0));
  }
}

TEST_P(RowOperations, RefuseSpansOfTheWrongSize) {
  const std::vector<std::int32_t> sums(9);
  const std::vector<float> factors(5);
  std::vector<std::int32_t> codes(10);
  const RowFinish finish{factors, factors, false, 1.0F, 7};
  EXPECT_THROW(finish_rows(sums, 5, 2, finish, codes, 5), std::invalid_argument);
  EXPECT_THROW(requantize_row(factors, 1.0F, 7, codes), std::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(Targets, RowOperations, testing::ValuesIn(targets_of_this_machine()),
                         target_name);

}  // namespace
}  // namespace systerm
