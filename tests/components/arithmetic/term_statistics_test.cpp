// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/term_statistics.h"

#include <stdexcept>

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
