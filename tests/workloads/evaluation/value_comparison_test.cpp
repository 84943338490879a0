// SPDX-License-Identifier: Apache-2.0
#include "workloads/evaluation/value_comparison.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>

namespace systerm {
namespace {

TEST(ValueComparison, SqnrIsTheRatioOfEnergies) {
  // Signal 9 + 16 = 25, noise 0.09 + 0.16 = 0.25: a factor of 100.
  ValueComparison comparison;
  comparison.add(std::vector<float>{3.0F, -4.0F}, std::vector<float>{3.3F, -3.6F});
  EXPECT_NEAR(comparison.sqnr_db(), 20.0, 1e-5);
  ValueComparison exact;
  exact.add(std::vector<float>{1.0F}, std::vector<float>{1.0F});
  EXPECT_EQ(exact.sqnr_db(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(exact.divergence(), 0.0);
  EXPECT_THROW(exact.add(std::vector<float>(2), std::vector<float>(3)), std::invalid_argument);
}

TEST(ValueComparison, PiecesMergeToTheWhole) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  std::vector<float> reference(10007);
  for (float& value : reference) value = normal(random) * std::ldexp(1.0F, random() % 9);
  std::vector<float> coarse;
  for (const float value : reference) coarse.push_back(std::round(value));
  ValueComparison whole;
  whole.add(reference, coarse);
  ValueComparison merged;
  for (std::size_t i = 0; i < reference.size();) {
    const std::size_t count = std::min<std::size_t>(1 + random() % 999, reference.size() - i);
    ValueComparison piece;
    piece.add(std::span(reference).subspan(i, count), std::span(coarse).subspan(i, count));
    merged.merge(piece);
    i += count;
  }
  EXPECT_NEAR(merged.sqnr_db(), whole.sqnr_db(), 1e-9);
  EXPECT_EQ(merged.divergence(), whole.divergence());
}

TEST(ValueHistogram, DivergenceByHand) {
  // 127.5 + 0.5 against 0.5 of all in one bin: with n values in each of two bins of 128 of which
  // the other histogram has 2n in one, p = (n + .5, n + .5), q = (2n + .5, .5) over 2n + 64.
  constexpr double kN = 100;
  ValueHistogram even;
  ValueHistogram uneven;
  even.add(std::vector<float>(100, -1.0F));
  even.add(std::vector<float>(100, 1.0F));
  uneven.add(std::vector<float>(200, -1.0F));
  const double all = 2 * kN + 64;
  const double expected = (kN + 0.5) / all * std::log((kN + 0.5) / (2 * kN + 0.5)) +
                          (kN + 0.5) / all * std::log((kN + 0.5) / 0.5);
  EXPECT_NEAR(ValueHistogram::divergence(even, uneven), expected, 1e-12);
  EXPECT_GT(ValueHistogram::divergence(uneven, even), 0.0);
}

TEST(ValueHistogram, RangesOfDifferentSizeAreBroughtTogether) {
  ValueHistogram narrow;
  narrow.add(std::vector<float>{0.5F, -0.25F, 0.0F});
  ValueHistogram wide = narrow;
  wide.add(std::vector<float>{1000.0F, -3e38F});
  ValueHistogram grown;
  grown.add(std::vector<float>{1000.0F, -3e38F});
  grown.add(std::vector<float>{0.5F, -0.25F, 0.0F});
  EXPECT_EQ(ValueHistogram::divergence(wide, grown), 0.0);
  EXPECT_EQ(ValueHistogram::divergence(narrow, ValueHistogram()), 0.0);
}

}  // namespace
}  // namespace systerm
