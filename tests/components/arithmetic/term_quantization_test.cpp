// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/term_quantization.h"

#include <algorithm>
#include <random>
#include <stdexcept>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace systerm {
namespace {

std::vector<KeptTerm> kept_by_sorting(const std::vector<int>& values, Encoding encoding,
                                      std::size_t budget) {
  std::vector<KeptTerm> all;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (const Term& term : encode(encoding, values[i])) all.push_back({static_cast<int>(i), term});
  }
  std::stable_sort(all.begin(), all.end(), [](const KeptTerm& a, const KeptTerm& b) {
    return std::abs(a.term.value()) > std::abs(b.term.value());
  });
  all.resize(std::min(budget, all.size()));
  return all;
}

TEST(GroupBudget, KeepsWhatAStableSortByMagnitudeKeeps) {
  std::mt19937 random(3);
  for (const Encoding encoding : kEncodings) {
    for (int round = 0; round < 400; ++round) {
      std::vector<int> values(1 + random() % 32);
      const int range = 1 << (2 + random() % 15);
      for (int& value : values) value = static_cast<int>(random() % (2 * range - 1)) - range + 1;
      const auto budget = random() % 64;
      ASSERT_EQ(keep_group_terms(values, encoding, static_cast<int>(budget)),
                kept_by_sorting(values, encoding, budget));
    }
  }
}

TEST(GroupBudget, TieGoesToTheLowestIndexWhateverTheSign) {
  const std::vector<int> values = {-4, 8, 4, -8};
  EXPECT_THAT(
      keep_group_terms(values, Encoding::kHese, 3),
      testing::ElementsAre(KeptTerm{1, {3, 1}}, KeptTerm{3, {3, -1}}, KeptTerm{0, {2, -1}}));
}

TEST(GroupBudget, StopsEarlyWhenNoTermIsLeft) {
  const std::vector<int> values = {1, 0, -2};
  EXPECT_EQ(keep_group_terms(values, Encoding::kHese, 100).size(), 2U);
}

TEST(GroupBudget, CuttingATermMayRaiseTheValue) {  // 3 = 4 - 1
  EXPECT_EQ(keep_largest_terms(Encoding::kHese, 3, 1).value(), 4);
  EXPECT_EQ(keep_largest_terms(Encoding::kHese, 255, 1).value(), 256);
}

TEST(GroupBudget, TermsOfABudgetAreAPrefixOfTheNext) {
  std::mt19937 random(4);
  for (const Encoding encoding : kEncodings) {
    std::vector<int> values(8);
    for (int& value : values) value = static_cast<int>(random() % 257) - 128;
    std::vector<KeptTerm> previous;
    for (int budget = 0; budget < 64; ++budget) {
      const std::vector<KeptTerm> kept = keep_group_terms(values, encoding, budget);
      ASSERT_TRUE(std::equal(previous.begin(), previous.end(), kept.begin()));
      previous = kept;
    }
  }
}

TEST(DataTerms, AreAGroupOfOne) {
  for (const Encoding encoding : kEncodings) {
    for (int value = -256; value <= 256; ++value) {
      for (int count = 0; count <= 9; ++count) {
        const TermList kept = keep_largest_terms(encoding, value, count);
        const std::vector<KeptTerm> group =
            keep_group_terms(std::vector<int>{value}, encoding, count);
        ASSERT_EQ(kept.size(), group.size());
        for (std::size_t i = 0; i < kept.size(); ++i) ASSERT_EQ(kept[i], group[i].term);
      }
    }
  }
}

TEST(GroupBudget, RefusesNegativeBudgetsAndTooLargeValues) {
  EXPECT_THROW(keep_group_terms(std::vector<int>{1}, Encoding::kHese, -1), std::invalid_argument);
  EXPECT_THROW(keep_largest_terms(Encoding::kHese, 1, -1), std::invalid_argument);
  EXPECT_THROW(keep_group_terms(std::vector<int>{1 << 16}, Encoding::kHese, 1), std::out_of_range);
}

}  // namespace
}  // namespace systerm
