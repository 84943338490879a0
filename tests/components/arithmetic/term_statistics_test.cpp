// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/term_statistics.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>

#include "components/arithmetic/gemm.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace systerm {
namespace {

using testing::ElementsAre;

// Mean and largest number of terms, measured on the authors' code of arXiv 2007.06389.
TEST(TermCounts, MatchThePublishedEncoders) {
  struct Row {
    Encoding encoding;
    double mean_127;
    int max_127;
    double mean_255;
    int max_255;
  };
  for (const Row& row :
       {Row{Encoding::kBinary, 3.500, 7, 4.000, 8}, Row{Encoding::kBooth2, 4.000, 8, 4.500, 8},
        Row{Encoding::kBooth4, 3.000, 4, 3.500, 5}, Row{Encoding::kHeseHybrid, 2.875, 5, 3.250, 6},
        Row{Encoding::kHese, 2.773, 4, 3.109, 5}}) {
    SCOPED_TRACE(to_string(row.encoding));
    const TermCounts to_127 = term_counts(row.encoding, 0, 127);
    const TermCounts to_255 = term_counts(row.encoding, 0, 255);
    EXPECT_NEAR(to_127.mean, row.mean_127, 0.0005);
    EXPECT_EQ(to_127.max, row.max_127);
    EXPECT_NEAR(to_255.mean, row.mean_255, 0.0005);
    EXPECT_EQ(to_255.max, row.max_255);
  }
}

TEST(TermCounts, RefuseAnEmptyRange) {
  EXPECT_THROW(term_counts(Encoding::kHese, 1, 0), std::invalid_argument);
}

TEST(TermCountHistogram, CountsValuesByNumberOfTerms) {
  const std::vector<std::int16_t> values = {0, 1, -3, 27, 128, 0};
  EXPECT_THAT(term_count_histogram(Encoding::kHese, values), ElementsAre(2, 2, 1, 1));
}

TEST(TermPairHistogram, CountsGroupsByNumberOfPairs) {
  const std::vector<std::uint8_t> weights = {1, 2, 0, 3, 1, 1};
  const std::vector<std::uint8_t> data = {2, 1, 3, 0, 0, 4};
  EXPECT_THAT(term_pair_histogram(weights, data, 2), ElementsAre(1, 0, 0, 0, 2));
}

TEST(TermPairHistogram, RefusesBrokenGroups) {
  const std::vector<std::uint8_t> three = {1, 2, 3};
  EXPECT_THROW(term_pair_histogram(three, three, 2), std::invalid_argument);
  EXPECT_THROW(term_pair_histogram(three, three, 0), std::invalid_argument);
}

// Measured on 64 x 128 cells, g = 8, Laplace weights with max/sigma = 10, rectified data and no
// budget: 16.5 pairs a group on average, 47.4 in the slowest cell of a wavefront, a factor of 2.9.
// The source does not state the distribution of the data; rectified Gaussians that end at 4 sigma
// come close.
TEST(TermPairs, SlowestCellOfAWavefrontTakesAboutThreeTimesTheMean) {
  constexpr std::size_t kRows = 64;
  constexpr std::size_t kColumns = 128;
  constexpr std::size_t kGroup = 8;
  constexpr std::size_t kVectors = 384;
  std::mt19937_64 random(12);
  std::exponential_distribution<double> exponential;
  std::normal_distribution<double> normal;
  const auto terms = [](double magnitude, int limit) {
    const int value = std::min(limit, static_cast<int>(magnitude + 0.5));
    return static_cast<std::uint8_t>(encode(Encoding::kHese, value).size());
  };
  std::vector<std::uint8_t> weights(kRows * kGroup * kColumns);
  for (auto& count : weights) count = terms(exponential(random) / std::sqrt(2.0) * 12.8, 128);
  std::vector<std::uint8_t> data(kVectors * kRows * kGroup);
  for (auto& count : data) count = terms(std::max(0.0, normal(random)) * 127.0 / 4.0, 127);

  const double mean =
      static_cast<double>(total_term_pairs(data, weights, kVectors, kRows * kGroup, kColumns)) /
      (kVectors * kRows * kColumns);
  const std::vector<std::uint32_t> beats =
      wavefront_term_pairs(data, weights, kVectors, kRows, kColumns, kGroup);
  double slowest = 0.0;  // beats that fill the whole array
  constexpr std::size_t kFirstFull = kRows + kColumns - 2;
  for (std::size_t beat = kFirstFull; beat < kVectors; ++beat) slowest += beats[beat];
  slowest /= kVectors - kFirstFull;

  EXPECT_NEAR(mean, 16.5, 0.1 * 16.5);
  EXPECT_NEAR(slowest, 47.4, 0.1 * 47.4);
  EXPECT_NEAR(slowest / mean, 2.9, 0.1 * 2.9);
}

TEST(PublishedTermBits, AreExponentSignAndMark) {
  EXPECT_EQ(published_term_bits(8), 5);
  EXPECT_EQ(published_term_bits(7), 5);
  EXPECT_EQ(published_term_bits(5), 5);
  EXPECT_EQ(published_term_bits(4), 4);
  EXPECT_EQ(published_term_bits(1), 2);
  EXPECT_THROW(published_term_bits(0), std::invalid_argument);
}

}  // namespace
}  // namespace systerm
