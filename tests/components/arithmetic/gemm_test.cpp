// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/gemm.h"

#include <algorithm>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>

#include "gtest/gtest.h"
#include "tests/components/arithmetic/every_target.h"

namespace systerm {
namespace {

constexpr std::int64_t kMin = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int32_t>::max();

struct Problem {
  std::size_t vectors = 1;
  std::size_t depth = 1;
  std::size_t columns = 1;
  std::size_t data_stride = 1;
  std::size_t sums_stride = 1;
  std::vector<std::int16_t> data;
  std::vector<std::int16_t> weights;
  std::vector<std::int32_t> sums;
};

Problem make_problem(std::size_t vectors, std::size_t depth, std::size_t columns,
                     std::size_t slack = 0) {
  Problem p{vectors, depth, columns, depth + slack, columns + slack, {}, {}, {}};
  // The last rows end where they must: a kernel that reads or writes on is caught by the sanitizer.
  p.data.resize((vectors - 1) * p.data_stride + depth);
  p.weights.resize(depth * columns);
  p.sums.resize((vectors - 1) * p.sums_stride + columns);
  return p;
}

// Nothing if a final sum leaves int32. Elements between the rows stay as they are.
std::vector<std::int32_t> oracle(const Problem& p) {
  std::vector<std::int32_t> sums = p.sums;
  for (std::size_t v = 0; v < p.vectors; ++v) {
    for (std::size_t n = 0; n < p.columns; ++n) {
      std::int64_t sum = sums[v * p.sums_stride + n];
      for (std::size_t k = 0; k < p.depth; ++k) {
        sum += std::int64_t{p.data[v * p.data_stride + k]} * p.weights[k * p.columns + n];
      }
      if (sum < kMin || sum > kMax) return {};
      sums[v * p.sums_stride + n] = static_cast<std::int32_t>(sum);
    }
  }
  return sums;
}

// Like the oracle: nothing on overflow.
std::vector<std::int32_t> product(const Problem& p) {
  PackedWeights weights;
  weights.assign(p.weights, p.depth, p.columns);
  std::vector<std::int32_t> sums = p.sums;
  try {
    gemm_accumulate(p.data, p.vectors, p.data_stride, weights, sums, p.sums_stride);
  } catch (const AccumulatorOverflow&) {
    return {};
  }
  return sums;
}

class EveryTarget : public TargetTest {
 protected:
  std::mt19937 random_{11};

  std::int16_t code(int magnitude) {
    return static_cast<std::int16_t>(static_cast<int>(random_() % (2U * magnitude + 1)) -
                                     magnitude);
  }
};

TEST_P(EveryTarget, ProductEqualsTheOracleForRandomShapes) {
  for (int round = 0; round < 400; ++round) {
    Problem p = make_problem(1 + random_() % 40, 1 + random_() % 70, 1 + random_() % 70,
                             random_() % 3 == 0 ? random_() % 20 : 0);
    const int magnitude = round % 4 == 0 ? 256 : 1 + static_cast<int>(random_() % 256);
    for (auto& value : p.data) value = code(magnitude);
    for (auto& value : p.weights) value = code(magnitude);
    for (auto& value : p.sums) value = static_cast<std::int32_t>(random_() % 2000001) - 1000000;
    ASSERT_EQ(product(p), oracle(p)) << p.vectors << " x " << p.depth << " x " << p.columns;
  }
}

TEST_P(EveryTarget, ProductEqualsTheOracleForWholeTiles) {
  for (const auto& [vectors, depth, columns] :
       {std::array<std::size_t, 3>{784, 64, 32}, {49, 512, 128}, {100, 513, 33}, {300, 9, 1}}) {
    Problem p = make_problem(vectors, depth, columns);
    for (auto& value : p.data) value = code(256);
    for (auto& value : p.weights) value = code(256);
    ASSERT_EQ(product(p), oracle(p)) << vectors << " x " << depth << " x " << columns;
  }
}

TEST_P(EveryTarget, ExtremeOperandsOfOneSignAreExactUpToTheLastSum) {
  // 32767 products of 256 * 256 just fit; one more does not.
  for (const std::size_t depth : {32767U, 32768U}) {
    for (const int sign : {1, -1}) {
      Problem p = make_problem(2, depth, 3);
      std::fill(p.data.begin(), p.data.end(), std::int16_t{256});
      std::fill(p.weights.begin(), p.weights.end(), static_cast<std::int16_t>(sign * 256));
      const bool fits = depth == 32767 || sign < 0;
      ASSERT_EQ(!oracle(p).empty(), fits);
      ASSERT_EQ(product(p), oracle(p)) << depth << ' ' << sign;
    }
  }
}

TEST_P(EveryTarget, EveryInt16IsExact) {
  for (int round = 0; round < 50; ++round) {
    Problem p = make_problem(1 + random_() % 9, 1 + random_() % 9, 1 + random_() % 20);
    for (auto& value : p.data)
      value = static_cast<std::int16_t>(random_() % 2 == 0 ? -32768 : code(300));
    for (auto& value : p.weights)
      value = static_cast<std::int16_t>(random_() % 8 == 0 ? -32768 : code(300));
    ASSERT_EQ(product(p), oracle(p));
  }
}

TEST_P(EveryTarget, OverflowWithWhatWasThereIsDetectedInEveryPosition) {
  Problem p = make_problem(13, 5, 37);
  std::fill(p.data.begin(), p.data.end(), std::int16_t{-256});
  std::fill(p.weights.begin(), p.weights.end(), std::int16_t{256});
  const std::int64_t dot = -256 * 256 * 5;
  for (std::size_t i = 0; i < p.sums.size(); ++i) {
    p.sums[i] = static_cast<std::int32_t>(kMin - dot);
    ASSERT_FALSE(product(p).empty());
    ASSERT_EQ(product(p), oracle(p));
    --p.sums[i];
    ASSERT_TRUE(product(p).empty()) << i;
    p.sums[i] = 0;
  }
}

TEST_P(EveryTarget, OverflowIsDetectedAtTheUpperEndToo) {
  Problem p = make_problem(1, 2, 1);
  p.data = {256, 256};
  p.weights = {256, 256};
  p.sums = {static_cast<std::int32_t>(kMax - 2 * 256 * 256)};
  EXPECT_EQ(product(p), std::vector<std::int32_t>{static_cast<std::int32_t>(kMax)});
  ++p.sums[0];
  EXPECT_TRUE(product(p).empty());
}

// Overflow means the final sum: neither partial sums over some k nor a large product count.
TEST_P(EveryTarget, SumsThatComeBackIntoRangeAreNotOverflow) {
  const std::size_t depth = 70000;
  Problem p = make_problem(1, depth, 1);
  std::fill(p.data.begin(), p.data.end(), std::int16_t{256});
  for (std::size_t k = 0; k < depth; ++k) p.weights[k] = k < depth / 2 ? 256 : -256;
  p.sums = {7};
  EXPECT_EQ(product(p), std::vector<std::int32_t>{7});

  std::fill(p.weights.begin(), p.weights.end(), std::int16_t{0});
  std::fill_n(p.weights.begin(), 40000, std::int16_t{256});  // 2.6e9, but it started at -2.1e9
  p.sums = {static_cast<std::int32_t>(kMin)};
  EXPECT_EQ(product(p), oracle(p));
  ASSERT_FALSE(oracle(p).empty());
}

TEST_P(EveryTarget, PackingKeepsTheLargestMagnitude) {
  for (const std::size_t position : {0, 17, 62, 64}) {
    for (const int value : {200, -200, -32768}) {
      std::vector<std::int16_t> weights(65, 3);
      weights[position] = static_cast<std::int16_t>(value);
      PackedWeights packed;
      packed.assign(weights, 5, 13);
      EXPECT_EQ(packed.largest_magnitude(), std::abs(value));
      EXPECT_EQ(packed.depth(), 5U);
      EXPECT_EQ(packed.columns(), 13U);
    }
  }
}

TEST_P(EveryTarget, WavefrontWaitsForTheLargestCountOnItsDiagonal) {
  for (int round = 0; round < 120; ++round) {
    const std::size_t vectors = 1 + random_() % 130;
    const std::size_t rows = 1 + random_() % 12;
    const std::size_t columns = 1 + random_() % 40;
    const std::size_t group_size = 1 + random_() % 33;
    const unsigned most = round % 10 == 0 ? 256 : 10;
    std::vector<std::uint8_t> data(vectors * rows * group_size);
    std::vector<std::uint8_t> weights(rows * group_size * columns);
    for (auto& terms : data) terms = static_cast<std::uint8_t>(random_() % most);
    for (auto& terms : weights) terms = static_cast<std::uint8_t>(random_() % most);

    std::vector<std::uint32_t> expected(vectors + rows + columns - 2, 0);
    std::uint64_t expected_total = 0;
    for (std::size_t p = 0; p < vectors; ++p) {
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c) {
          std::uint32_t pairs = 0;
          for (std::size_t i = 0; i < group_size; ++i) {
            pairs += std::uint32_t{data[(p * rows + r) * group_size + i]} *
                     weights[(r * group_size + i) * columns + c];
          }
          expected[p + r + c] = std::max(expected[p + r + c], pairs);
          expected_total += pairs;
        }
      }
    }
    ASSERT_EQ(wavefront_term_pairs(data, weights, vectors, rows, columns, group_size), expected);
    ASSERT_EQ(total_term_pairs(data, weights, vectors, rows * group_size, columns), expected_total);
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, EveryTarget, testing::ValuesIn(targets_of_this_machine()),
                         target_name);

TEST(Gemm, NothingToDoLeavesTheSums) {
  PackedWeights weights;
  weights.assign({}, 0, 5);
  std::vector<std::int32_t> sums = {1, 2, 3, 4, 5};
  gemm_accumulate({}, 1, 0, weights, sums, 5);
  EXPECT_EQ(sums, (std::vector<std::int32_t>{1, 2, 3, 4, 5}));
  EXPECT_TRUE(wavefront_term_pairs({}, {}, 0, 3, 0, 4).empty());
}

TEST(Gemm, RefusesOperandsOfTheWrongSize) {
  PackedWeights weights;
  const std::vector<std::int16_t> values(12, 1);
  EXPECT_THROW(weights.assign(values, 3, 5), std::invalid_argument);
  weights.assign(values, 3, 4);
  std::vector<std::int32_t> sums(8);
  EXPECT_THROW(gemm_accumulate(values, 5, 3, weights, sums, 4), std::invalid_argument);
  EXPECT_THROW(gemm_accumulate(values, 2, 2, weights, sums, 4), std::invalid_argument);
  EXPECT_THROW(gemm_accumulate(values, 2, 3, weights, sums, 3), std::invalid_argument);
  EXPECT_THROW(gemm_accumulate(values, 3, 3, weights, sums, 4), std::invalid_argument);
  const std::vector<std::uint8_t> terms(6);
  EXPECT_THROW(wavefront_term_pairs(terms, terms, 1, 2, 2, 2), std::invalid_argument);
  EXPECT_THROW(total_term_pairs(terms, terms, 2, 3, 3), std::invalid_argument);
}

}  // namespace
}  // namespace systerm
