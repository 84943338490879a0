// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/coefficient_vector.h"

#include <random>
#include <stdexcept>

#include "gtest/gtest.h"

namespace systerm {
namespace {

TEST(CoefficientVector, OnePairMovesOneCoefficientByOne) {
  CoefficientVector sum;
  sum.add_pair({5, 1}, {3, -1});
  for (std::size_t i = 0; i < CoefficientVector::kCoefficients; ++i) {
    EXPECT_EQ(sum[i], i == 8 ? -1 : 0);
  }
  EXPECT_EQ(sum.value(), -256);
}

TEST(CoefficientVector, SixteenCoefficientsReachExponentFifteen) {
  CoefficientVector sum;
  sum.add_pair({7, 1}, {8, 1});
  EXPECT_EQ(sum.value(), 32768);
  EXPECT_THROW(sum.add_pair({8, 1}, {8, 1}), std::out_of_range);
}

// A column of cells adds its vectors up; the number at the edge is the integer dot product.
TEST(CoefficientVector, SumOfCellsIsTheExactDotProduct) {
  std::mt19937 random(2);
  for (const Encoding encoding : kEncodings) {
    for (int round = 0; round < 50; ++round) {
      CoefficientVector column;
      std::int64_t expected = 0;
      for (int cell = 0; cell < 64; ++cell) {
        CoefficientVector group;
        for (int i = 0; i < 8; ++i) {
          const int weight = static_cast<int>(random() % 255) - 127;
          const int data = static_cast<int>(random() % 256);
          expected += weight * data;
          for (const Term& w : encode(encoding, weight)) {
            for (const Term& d : encode(encoding, data)) group.add_pair(w, d);
          }
        }
        column += group;
      }
      ASSERT_EQ(column.value(), expected) << to_string(encoding);
    }
  }
}

}  // namespace
}  // namespace systerm
