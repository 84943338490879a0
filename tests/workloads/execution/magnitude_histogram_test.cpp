// SPDX-License-Identifier: Apache-2.0
#include "workloads/quantization/magnitude_histogram.h"

#include <limits>
#include <numeric>
#include <stdexcept>

#include <gmock/gmock.h>

#include "workloads/data/synthetic.h"

namespace systerm {
namespace {

TEST(MagnitudeHistogram, KeepsTheLargestMagnitudeOfEitherSign) {
  MagnitudeHistogram histogram(false);
  EXPECT_EQ(histogram.largest(), 0.0F);
  histogram.add(std::vector<float>{1.0F, -3.5F, 0.0F});
  histogram.add(std::vector<float>{2.0F});
  EXPECT_EQ(histogram.largest(), 3.5F);
  EXPECT_TRUE(histogram.bins().empty());
}

TEST(MagnitudeHistogram, CountsEveryValueButZerosInItsBin) {
  MagnitudeHistogram histogram(true);
  histogram.add(std::vector<float>{0.75F, -0.75F, 0.0F, 0.5F});
  ASSERT_EQ(histogram.bin_width(), 1.0F / 4096);  // 0.75 < 2^0
  EXPECT_EQ(histogram.bins()[3072], 2U);
  EXPECT_EQ(histogram.bins()[2048], 1U);
  EXPECT_EQ(std::accumulate(histogram.bins().begin(), histogram.bins().end(), 0U), 3U);
}

TEST(MagnitudeHistogram, DoesNotDependOnHowSamplesArrive) {
  const std::vector<float> values = synthetic_weights(1, "values", 2, 10000);
  MagnitudeHistogram at_once(true);
  at_once.add(values);
  MagnitudeHistogram in_pieces(true);
  for (const float value : values) in_pieces.add({&value, 1});
  EXPECT_EQ(at_once.largest(), in_pieces.largest());
  EXPECT_EQ(at_once.bin_width(), in_pieces.bin_width());
  EXPECT_TRUE(std::ranges::equal(at_once.bins(), in_pieces.bins()));
}

TEST(MagnitudeHistogram, TakesAPowerOfTwoAsLargest) {
  MagnitudeHistogram histogram(true);
  histogram.add(std::vector<float>{1.0F, 0.25F});
  EXPECT_EQ(histogram.bins()[2048], 1U);
  EXPECT_EQ(histogram.bins()[512], 1U);
}

TEST(MagnitudeHistogram, RefusesWhatHasNoMagnitude) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity()}) {
    MagnitudeHistogram histogram(true);
    EXPECT_THROW(histogram.add(std::vector<float>{1.0F, bad}), std::invalid_argument);
  }
}

}  // namespace
}  // namespace systerm
