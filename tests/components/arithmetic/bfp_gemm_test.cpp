// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/bfp_gemm.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <thread>

#include "tests/components/arithmetic/every_target.h"

namespace systerm {
namespace {

struct Problem {
  std::size_t rows = 1;
  std::size_t depth = 1;
  std::size_t columns = 1;
  BfpMatrix left;
  BfpMatrix right;
};

int chunk(int code, int i, int chunks) {
  const int magnitude = std::abs(code) / (1 << 2 * (chunks - 1 - i)) % 4;
  return code < 0 ? -magnitude : magnitude;
}

// One pass, lane by lane, in units of the least significant chunks.
double pass(const Problem& p, std::size_t m, std::size_t n, std::size_t group, int i, int j) {
  const int left_chunks = p.left.parameters().chunks();
  const int right_chunks = p.right.parameters().chunks();
  int sum = 0;
  for (int lane = 0; lane < p.left.parameters().group_size; ++lane) {
    sum += chunk(p.left.codes(m, group)[static_cast<std::size_t>(lane)], i, left_chunks) *
           chunk(p.right.codes(n, group)[static_cast<std::size_t>(lane)], j, right_chunks);
  }
  return std::ldexp(sum, 2 * (left_chunks - 1 - i + right_chunks - 1 - j));
}

float oracle(const Problem& p, std::size_t m, std::size_t n, BfpAccumulation accumulation,
             float sum) {
  for (std::size_t group = 0; group < p.left.groups(); ++group) {
    const int unit = p.left.exponent(m, group) - (p.left.parameters().mantissa_bits - 1) +
                     p.right.exponent(n, group) - (p.right.parameters().mantissa_bits - 1);
    double whole = 0;
    for (int i = 0; i < p.left.parameters().chunks(); ++i) {
      for (int j = 0; j < p.right.parameters().chunks(); ++j) {
        const double product = pass(p, m, n, group, i, j);
        whole += product;
        if (accumulation == BfpAccumulation::kPerPass) {
          sum = static_cast<float>(static_cast<double>(sum) + std::ldexp(product, unit));
        }
      }
    }
    EXPECT_EQ(whole, bfp_dot(p.left.codes(m, group), p.right.codes(n, group)));
    if (accumulation == BfpAccumulation::kPerGroup) {
      sum = static_cast<float>(static_cast<double>(sum) + std::ldexp(whole, unit));
    }
  }
  return sum;
}

class BfpGemmTest : public TargetTest {
 protected:
  std::mt19937 random_{31};

  int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

  std::vector<float> normal_values(std::size_t count) {
    std::normal_distribution<float> normal;
    std::vector<float> values(count);
    for (float& value : values) value = normal(random_);
    return values;
  }
  Problem make(std::size_t rows, std::size_t depth, std::size_t columns, BfpParameters left,
               BfpParameters right) {
    Problem p{rows, depth, columns, {}, {}};
    p.left.assign(matrix_view(normal_values(rows * depth), rows, depth), GroupAxis::kColumns, left);
    p.right.assign(matrix_view(normal_values(depth * columns), depth, columns), GroupAxis::kRows,
                   right);
    return p;
  }
};

TEST_P(BfpGemmTest, SumsEqualTheOracleBitForBit) {
  for (int round = 0; round < 60; ++round) {
    static constexpr int kGroups[] = {1, 5, 8, 16, 16, 32, 128};
    BfpParameters left{.group_size = kGroups[below(7)], .mantissa_bits = 1 + below(7)};
    BfpParameters right = left;
    right.mantissa_bits = 1 + below(7);
    if (round % 3 == 0) left.mantissa_bits = right.mantissa_bits = 4;
    const Problem p =
        make(1 + static_cast<std::size_t>(below(30)), 1 + static_cast<std::size_t>(below(100)),
             1 + static_cast<std::size_t>(below(40)), left, right);
    const auto accumulation = static_cast<BfpAccumulation>(below(2));
    const bool accumulate = below(2) == 0;
    BfpLeft a;
    BfpRight b;
    a.assign(p.left, accumulation);
    b.assign(p.right, accumulation);
    const std::size_t stride = p.columns + static_cast<std::size_t>(below(3));
    std::vector<float> sums = normal_values(p.rows * stride);
    const std::vector<float> before = sums;
    bfp_gemm(a, b, accumulate, sums, stride);
    for (std::size_t m = 0; m < p.rows; ++m) {
      for (std::size_t n = 0; n < p.columns; ++n) {
        const float start = accumulate ? before[m * stride + n] : 0.0F;
        ASSERT_EQ(sums[m * stride + n], oracle(p, m, n, accumulation, start))
            << "round " << round << ", " << m << ' ' << n;
      }
      for (std::size_t n = p.columns; n < stride; ++n) {
        ASSERT_EQ(sums[m * stride + n], before[m * stride + n]);
      }
    }
  }
}

TEST_P(BfpGemmTest, ThreadsAndPiecesChangeNothing) {
  const Problem p = make(100, 1100, 70, {.mantissa_bits = 4}, {.mantissa_bits = 2});
  BfpLeft a;
  BfpRight b;
  a.assign(p.left, BfpAccumulation::kPerPass);
  b.assign(p.right, BfpAccumulation::kPerPass);
  std::vector<float> whole(p.rows * p.columns);
  bfp_gemm(a, b, false, whole, p.columns);

  BfpLeft a_pieces;
  BfpRight b_pieces;
  a_pieces.prepare(p.left, BfpAccumulation::kPerPass);
  b_pieces.prepare(p.right, BfpAccumulation::kPerPass);
  std::vector<float> pieces(whole.size());
  std::thread filler([&] {
    a_pieces.fill(p.left, 0, 33);
    b_pieces.fill(p.right, 48, 70);
  });
  a_pieces.fill(p.left, 33, 100);
  b_pieces.fill(p.right, 0, 48);
  filler.join();
  std::thread other([&] { bfp_gemm(a_pieces, b_pieces, false, pieces, p.columns, 0, 36); });
  bfp_gemm(a_pieces, b_pieces, false, pieces, p.columns, 36, 100);
  other.join();
  EXPECT_EQ(pieces, whole);
}

TEST_P(BfpGemmTest, TheTwoAccumulationsDiffer) {
  const Problem p = make(16, 512, 16, {.mantissa_bits = 4}, {.mantissa_bits = 4});
  std::vector<float> sums[2];
  for (const auto accumulation : {BfpAccumulation::kPerPass, BfpAccumulation::kPerGroup}) {
    BfpLeft a;
    BfpRight b;
    a.assign(p.left, accumulation);
    b.assign(p.right, accumulation);
    std::vector<float>& to = sums[static_cast<std::size_t>(accumulation)];
    to.assign(256, 1e7F);  // whose last bits are wider than a product of chunks
    bfp_gemm(a, b, true, to, 16);
  }
  EXPECT_NE(sums[0], sums[1]);
}

INSTANTIATE_TEST_SUITE_P(Targets, BfpGemmTest, testing::ValuesIn(targets_of_this_machine()),
                         target_name);

TEST(BfpGemmErrorsTest, OperandsThatDoNotMatchAreRefused) {
  const std::vector<float> ones(64, 1.0F);
  const std::vector<float> huge(64, 1e30F);
  const auto left = [](const std::vector<float>& x, int group, BfpAccumulation accumulation) {
    BfpMatrix matrix;
    BfpLeft operand;
    matrix.assign(matrix_view(x, 4, 16), GroupAxis::kColumns, {.group_size = group});
    operand.assign(matrix, accumulation);
    return operand;
  };
  BfpMatrix matrix;
  BfpRight right;
  matrix.assign(matrix_view(huge, 16, 4), GroupAxis::kRows, {});
  right.assign(matrix, BfpAccumulation::kPerPass);
  std::vector<float> sums(16);
  EXPECT_THROW(bfp_gemm(left(ones, 8, BfpAccumulation::kPerPass), right, false, sums, 4),
               std::invalid_argument);
  EXPECT_THROW(bfp_gemm(left(ones, 16, BfpAccumulation::kPerGroup), right, false, sums, 4),
               std::invalid_argument);
  EXPECT_THROW(bfp_gemm(left(huge, 16, BfpAccumulation::kPerPass), right, false, sums, 4),
               ProductRangeExceeded);
  EXPECT_THROW(bfp_gemm(left(ones, 16, BfpAccumulation::kPerPass), right, false, sums, 3),
               std::invalid_argument);
  EXPECT_NO_THROW(bfp_gemm(left(ones, 16, BfpAccumulation::kPerPass), right, false, sums, 4));
}

}  // namespace
}  // namespace systerm
