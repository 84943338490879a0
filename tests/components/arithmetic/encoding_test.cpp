// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/encoding.h"

#include <limits>
#include <stdexcept>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace systerm {
namespace {

std::vector<int> term_values(Encoding encoding, int value) {
  std::vector<int> values;
  for (const Term& term : encode(encoding, value)) values.push_back(term.value());
  return values;
}

class EveryEncoding : public testing::TestWithParam<Encoding> {};

TEST_P(EveryEncoding, TermsAddUpToTheValue) {
  for (int value = -kMaxEncodableMagnitude; value <= kMaxEncodableMagnitude; ++value) {
    ASSERT_EQ(encode(GetParam(), value).value(), value);
  }
}

TEST_P(EveryEncoding, TermsFallStrictlyInMagnitude) {
  for (int value = 0; value <= kMaxEncodableMagnitude; ++value) {
    const TermList terms = encode(GetParam(), value);
    for (std::size_t i = 1; i < terms.size(); ++i) {
      ASSERT_LT(terms[i].exponent, terms[i - 1].exponent) << value;
    }
  }
}

TEST_P(EveryEncoding, NegativeValuesFlipEverySign) {
  for (int value = 1; value <= 256; ++value) {
    const TermList positive = encode(GetParam(), value);
    const TermList negative = encode(GetParam(), -value);
    ASSERT_EQ(positive.size(), negative.size());
    for (std::size_t i = 0; i < positive.size(); ++i) {
      ASSERT_EQ(positive[i].exponent, negative[i].exponent);
      ASSERT_EQ(positive[i].sign, -negative[i].sign);
    }
  }
}

// So that a truncated value never changes sign.
TEST_P(EveryEncoding, NoPrefixOfTheTermsChangesSign) {
  for (int value = 1; value <= kMaxEncodableMagnitude; ++value) {
    int sum = 0;
    for (const Term& term : encode(GetParam(), value)) {
      sum += term.value();
      ASSERT_GT(sum, 0) << value;
    }
  }
}

TEST_P(EveryEncoding, ZeroHasNoTerms) { EXPECT_TRUE(encode(GetParam(), 0).empty()); }

TEST_P(EveryEncoding, RefusesMagnitudesBeyondSixteenBits) {
  EXPECT_THROW(encode(GetParam(), kMaxEncodableMagnitude + 1), std::out_of_range);
  EXPECT_THROW(encode(GetParam(), -kMaxEncodableMagnitude - 1), std::out_of_range);
  EXPECT_THROW(encode(GetParam(), std::numeric_limits<int>::min()), std::out_of_range);
}

TEST_P(EveryEncoding, NameRoundTrips) {
  EXPECT_EQ(encoding_from_string(to_string(GetParam())), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Encodings, EveryEncoding, testing::ValuesIn(kEncodings),
                         [](const auto& instance) {
                           return std::string(to_string(instance.param));
                         });

TEST(Encoding, UnknownNamesAreNotEncodings) {
  EXPECT_EQ(encoding_from_string("HESE"), std::nullopt);
  EXPECT_EQ(encoding_from_string(""), std::nullopt);
}

// Values worked out by hand in "Term Revealing" (arXiv 2007.06389).
TEST(Encoding, MatchesValuesWorkedOutByHand) {
  using testing::ElementsAre;
  EXPECT_THAT(term_values(Encoding::kHese, 3), ElementsAre(4, -1));
  EXPECT_THAT(term_values(Encoding::kHese, 6), ElementsAre(8, -2));
  EXPECT_THAT(term_values(Encoding::kHese, 27), ElementsAre(32, -4, -1));
  EXPECT_THAT(term_values(Encoding::kHese, 255), ElementsAre(256, -1));
  EXPECT_THAT(term_values(Encoding::kHese, 128), ElementsAre(128));
  EXPECT_THAT(term_values(Encoding::kHeseHybrid, 27), ElementsAre(32, -8, 4, -1));
  EXPECT_THAT(term_values(Encoding::kBinary, 27), ElementsAre(16, 8, 2, 1));
  EXPECT_THAT(term_values(Encoding::kBooth2, 27), ElementsAre(32, -8, 4, -1));
  EXPECT_THAT(term_values(Encoding::kBooth4, 27), ElementsAre(32, -4, -1));
  EXPECT_THAT(term_values(Encoding::kBooth4, 2), ElementsAre(4, -2));
}

// (3n) xor n marks the nonzero digits of the non-adjacent form of n; of those, the ones of 3n are
// +1.
TEST(Encoding, HeseIsTheNonAdjacentForm) {
  for (int value = 0; value <= kMaxEncodableMagnitude; ++value) {
    const int positive = (3 * value & ~value) >> 1;
    const int negative = (value & ~(3 * value)) >> 1;
    int found_positive = 0;
    int found_negative = 0;
    for (const Term& term : encode(Encoding::kHese, value)) {
      (term.sign > 0 ? found_positive : found_negative) |= 1 << term.exponent;
    }
    ASSERT_EQ(found_positive, positive) << value;
    ASSERT_EQ(found_negative, negative) << value;
  }
}

// The non-adjacent form is minimal.
TEST(Encoding, HeseNeverTakesMoreTermsThanHybrid) {
  for (int value = 1; value <= kMaxEncodableMagnitude; ++value) {
    ASSERT_LE(encode(Encoding::kHese, value).size(), encode(Encoding::kHeseHybrid, value).size());
  }
}

}  // namespace
}  // namespace systerm
