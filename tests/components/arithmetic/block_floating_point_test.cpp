// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/block_floating_point.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "tests/components/arithmetic/every_target.h"

namespace systerm {
namespace {

// The conversion as hardware does it, one value at a time: significand, distance, shift.
struct Oracle {
  BfpParameters p;
  GroupAxis axis = GroupAxis::kColumns;
  std::size_t rows = 0;
  std::size_t columns = 0;
  RandomBits random;
  int top = 0;
  std::vector<int> q = {};         // by row and column, signed
  std::vector<int> exponent = {};  // likewise
  BfpCounts counts = {};

  static int exponent_of(float x) {
    return static_cast<int>(std::bit_cast<std::uint32_t>(x) >> 23 & 0xFF) - 127;
  }
  int magnitude(float x, int e, std::size_t element) const {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
    if ((bits >> 23 & 0xFF) == 0) return 0;  // subnormals flush
    const std::uint64_t significand = (bits & 0x7FFFFF) | 0x800000;
    const int shift = 24 - p.mantissa_bits + e - exponent_of(x);
    if (shift < 8) return 1 << p.mantissa_bits;  // far above the window
    const std::uint64_t wide = shift - 8 >= 64 ? 0 : significand >> (shift - 8);
    int byte = 0;
    if (p.rounding == BfpRounding::kNearest) byte = 128;
    if (p.rounding == BfpRounding::kStochastic) byte = random.byte(element);
    return static_cast<int>(std::min<std::uint64_t>((wide + byte) >> 8, 1 << p.mantissa_bits));
  }
  std::size_t block(std::size_t r, std::size_t c) const {
    const auto g = static_cast<std::size_t>(p.group_size);
    if (p.square_blocks) return r / g * ((columns + g - 1) / g) + c / g;
    return axis == GroupAxis::kColumns ? r * ((columns + g - 1) / g) + c / g : r / g * columns + c;
  }
  void encode(const std::vector<float>& x) {
    const int lowest = p.exponent_bits == 8 ? -127 : top - ((1 << p.exponent_bits) - 1);
    const int highest = p.exponent_bits == 8 ? 127 : top;
    std::vector<int> e(rows * columns, -127);
    for (std::size_t i = 0; i < x.size(); ++i) {
      int& shared = e[block(i / columns, i % columns)];
      shared = std::max(shared, exponent_of(x[i]));
    }
    for (int& shared : e) shared = std::clamp(shared, lowest, highest);
    if (p.overflow == BfpOverflow::kRenormalise) {
      std::vector<int> raised = e;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const std::size_t b = block(i / columns, i % columns);
        if (magnitude(x[i], e[b], i) > p.largest()) raised[b] = std::min(e[b] + 1, highest);
      }
      e = raised;
    }
    q.resize(x.size());
    exponent.resize(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      exponent[i] = e[block(i / columns, i % columns)];
      const int whole = magnitude(x[i], exponent[i], i);
      counts.saturated += whole > p.largest() ? 1 : 0;
      counts.flushed += whole == 0 && x[i] != 0 ? 1 : 0;
      q[i] = std::min(whole, p.largest()) * (std::signbit(x[i]) ? -1 : 1);
    }
  }
};

class BfpTest : public TargetTest {
 protected:
  std::mt19937 random_{23};

  int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

  // Values of many magnitudes, with zeros, subnormals and values just below powers of two.
  std::vector<float> some_values(std::size_t count) {
    std::normal_distribution<float> normal;
    const int spread = below(3) == 0 ? 40 : 6;
    std::vector<float> values(count);
    for (float& value : values) {
      value = std::ldexp(normal(random_), below(spread) - spread / 2);
      const int kind = below(30);
      if (kind == 0) value = 0.0F;
      if (kind == 1) value = -0.0F;
      if (kind == 2) value = 1e-40F;
      if (kind == 3) value = std::nextafter(std::ldexp(1.0F, below(6)), 0.0F);
    }
    return values;
  }
  BfpParameters some_parameters() {
    static constexpr int kGroups[] = {1, 3, 8, 16, 16, 16, 20, 32, 48, 128};
    BfpParameters p;
    p.group_size = kGroups[below(10)];
    p.exponent_bits = below(3) == 0 ? 8 : 1 + below(7);
    p.mantissa_bits = 1 + below(7);
    p.rounding = static_cast<BfpRounding>(below(3));
    p.overflow = static_cast<BfpOverflow>(below(2));
    p.square_blocks = p.group_size == 16 && below(2) == 0;
    return p;
  }
  std::uint32_t number() { return static_cast<std::uint32_t>(random_()); }
  RandomBits some_bits() {
    if (below(2) == 0) return RandomBits(Lfsr{static_cast<std::uint8_t>(1 + below(255))});
    return RandomBits(RandomKey{random_(), number(), number(), number()});
  }
};

TEST_P(BfpTest, CodesAndExponentsEqualTheOracle) {
  for (int round = 0; round < 400; ++round) {
    Oracle oracle{some_parameters(), static_cast<GroupAxis>(below(2)),
                  static_cast<std::size_t>(1 + below(40)), static_cast<std::size_t>(1 + below(70)),
                  some_bits()};
    const BfpParameters& p = oracle.p;
    const std::vector<float> x = some_values(oracle.rows * oracle.columns);
    const StridedMatrix view = matrix_view(x, oracle.rows, oracle.columns);
    oracle.top = top_exponent(view);
    std::optional<int> top;
    if (below(4) == 0) top = oracle.top = oracle.top - 2;  // groups above the window
    oracle.encode(x);

    BfpMatrix matrix;
    const BfpCounts counts = matrix.assign(view, oracle.axis, p, oracle.random, top);
    ASSERT_EQ(counts, oracle.counts) << "round " << round;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const bool rows = oracle.axis == GroupAxis::kRows;
      const std::size_t line = rows ? i % oracle.columns : i / oracle.columns;
      const std::size_t k = rows ? i / oracle.columns : i % oracle.columns;
      ASSERT_EQ(matrix.codes()[line * matrix.padded_depth() + k], oracle.q[i])
          << "round " << round << " element " << i << " value " << x[i];
      ASSERT_EQ(matrix.exponent(line, k / static_cast<std::size_t>(p.group_size)),
                oracle.exponent[i]);
    }
    for (std::size_t line = 0; line < matrix.outer(); ++line) {
      for (std::size_t k = matrix.depth(); k < matrix.padded_depth(); ++k) {
        ASSERT_EQ(matrix.codes()[line * matrix.padded_depth() + k], 0);
      }
    }
    std::vector<float> decoded(x.size());
    matrix.decode(oracle.axis, decoded);
    for (std::size_t i = 0; i < x.size(); ++i) {
      ASSERT_EQ(decoded[i], std::ldexp(static_cast<double>(oracle.q[i]),
                                       oracle.exponent[i] - (p.mantissa_bits - 1)));
    }
  }
}

TEST_P(BfpTest, RangesAndStridesChangeNothing) {
  for (int round = 0; round < 60; ++round) {
    const BfpParameters p = some_parameters();
    const auto axis = static_cast<GroupAxis>(below(2));
    const std::size_t rows = 1 + static_cast<std::size_t>(below(90));
    const std::size_t columns = 1 + static_cast<std::size_t>(below(90));
    const std::vector<float> x = some_values(rows * columns);
    const RandomBits bits = some_bits();
    const StridedMatrix view = matrix_view(x, rows, columns);
    BfpMatrix whole;
    const BfpCounts counts = whole.assign(view, axis, p, bits);

    std::vector<float> wide(rows * (columns + 5), 1e30F);
    for (std::size_t r = 0; r < rows; ++r) {
      std::copy_n(x.begin() + static_cast<std::ptrdiff_t>(r * columns), columns,
                  wide.begin() + static_cast<std::ptrdiff_t>(r * (columns + 5)));
    }
    const StridedMatrix strided{wide, rows, columns, columns + 5};
    BfpMatrix pieces;
    pieces.prepare(strided, axis, p, top_exponent(view));
    const std::size_t middle = pieces.outer() / 2 / 16 * 16;
    BfpCounts first;
    std::thread other([&] { first = pieces.encode(strided, axis, bits, 0, middle); });
    BfpCounts sum = pieces.encode(strided, axis, bits, middle, pieces.outer());
    other.join();
    sum += first;
    EXPECT_EQ(sum, counts);
    ASSERT_TRUE(std::ranges::equal(pieces.codes(), whole.codes()));
    ASSERT_TRUE(std::ranges::equal(pieces.exponents(), whole.exponents()));
  }
}

TEST_P(BfpTest, CodingTwiceChangesNothing) {
  for (int round = 0; round < 100; ++round) {
    BfpParameters p = some_parameters();
    p.window = BfpWindow::kSaturate;
    const auto axis = static_cast<GroupAxis>(below(2));
    const std::vector<float> x = some_values(std::size_t{40} * 40);
    const int top = top_exponent(matrix_view(x, 40, 40));
    BfpMatrix matrix;
    std::vector<float> once(x.size());
    std::vector<float> twice(x.size());
    matrix.assign(matrix_view(x, 40, 40), axis, p, some_bits(), top);
    matrix.decode(axis, once);
    matrix.assign(matrix_view(once, 40, 40), axis, p, some_bits(), top);
    matrix.decode(axis, twice);
    ASSERT_EQ(once, twice) << "round " << round;
  }
}

TEST_P(BfpTest, SquareBlocksHoldTheSameValuesAlongBothAxes) {
  const std::vector<float> x = some_values(std::size_t{50} * 37);
  BfpParameters p{.rounding = BfpRounding::kStochastic, .square_blocks = true};
  std::vector<float> along_columns(x.size());
  std::vector<float> along_rows(x.size());
  BfpMatrix matrix;
  matrix.assign(matrix_view(x, 50, 37), GroupAxis::kColumns, p);
  matrix.decode(GroupAxis::kColumns, along_columns);
  matrix.assign(matrix_view(x, 50, 37), GroupAxis::kRows, p);
  matrix.decode(GroupAxis::kRows, along_rows);
  EXPECT_EQ(along_columns, along_rows);
}

// A value between neighbours a and b goes up with probability (x - a)/(b - a).
TEST_P(BfpTest, StochasticRoundingIsUnbiased) {
  constexpr std::size_t kRows = 1024;
  constexpr std::size_t kColumns = 1024;
  std::vector<float> x(kRows * kColumns);
  double expected = 0;
  double variance = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    // In units of 1/4: the first of a group fixes the exponent, no value rounds over 3.
    const int eighths = i % 16 == 0 ? 256 : below(3 * 256);  // 1/256 units
    x[i] = static_cast<float>(eighths) / 256 * (below(2) == 0 ? 1.0F : -1.0F);
    if (i % 16 == 0) x[i] = 2;
    const double fraction = (i % 16 == 0 ? 0 : eighths % 256) / 256.0;
    expected += std::abs(static_cast<double>(x[i]));
    variance += fraction * (1 - fraction);
  }
  const BfpParameters p{.mantissa_bits = 2, .rounding = BfpRounding::kStochastic};
  for (std::uint32_t iteration = 0; iteration < 2; ++iteration) {
    BfpMatrix matrix;
    matrix.assign(matrix_view(x, kRows, kColumns), GroupAxis::kColumns, p,
                  RandomBits(RandomKey{.seed = 5, .iteration = iteration}));
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double value = std::abs(static_cast<double>(matrix.codes()[i]));
      ASSERT_LT(std::abs(value - std::abs(static_cast<double>(x[i]))), 1);
      sum += value;
    }
    EXPECT_NEAR(sum, expected, 4 * std::sqrt(variance));
  }
}

TEST_P(BfpTest, StatisticEqualsDecodedValues) {
  for (int round = 0; round < 100; ++round) {
    BfpParameters high = some_parameters();
    high.mantissa_bits = 2 + below(6);
    BfpParameters low = high;
    low.mantissa_bits = 1 + below(high.mantissa_bits - 1);
    const auto axis = static_cast<GroupAxis>(below(2));
    const RandomBits bits = some_bits();
    const std::vector<float> x = some_values(std::size_t{33} * 41);
    const StridedMatrix view = matrix_view(x, 33, 41);
    std::vector<float> more(x.size());
    std::vector<float> less(x.size());
    BfpMatrix matrix;
    matrix.assign(view, axis, high, bits);
    matrix.decode(axis, more);
    matrix.assign(view, axis, low, bits);
    matrix.decode(axis, less);
    double difference = 0;
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      difference += std::abs(static_cast<double>(more[i]) - static_cast<double>(less[i]));
      sum += std::abs(static_cast<double>(less[i]));
    }
    const ChunkStatistic whole = chunk_statistic(view, axis, high, low.mantissa_bits, bits);
    ASSERT_NEAR(whole.difference_sum(), difference, 1e-9 * difference) << "round " << round;
    ASSERT_NEAR(whole.low_sum(), sum, 1e-9 * sum) << "round " << round;

    ChunkStatistic pieces;
    const int top = top_exponent(view);
    const std::size_t outer = matrix.outer();
    pieces += chunk_statistic(view, axis, high, low.mantissa_bits, bits, top, 16, outer);
    pieces += chunk_statistic(view, axis, high, low.mantissa_bits, bits, top, 0, 16);
    ASSERT_EQ(pieces.relative_improvement(), whole.relative_improvement());
  }
}

// Typical values for g = 16 and nearest rounding (docs/formats.md).
TEST_P(BfpTest, StatisticOfCommonDistributions) {
  const auto improvement = [&](auto draw, BfpRounding rounding) {
    std::vector<float> x(std::size_t{512} * 512);
    for (float& value : x) value = static_cast<float>(draw());
    const BfpParameters p{.exponent_bits = 8, .rounding = rounding};
    return chunk_statistic(matrix_view(x, 512, 512), GroupAxis::kColumns, p, 2)
        .relative_improvement();
  };
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform(-1, 1);
  const auto gaussian = [&] { return normal(random_); };
  EXPECT_NEAR(improvement(gaussian, BfpRounding::kNearest), 0.25, 0.02);
  EXPECT_NEAR(improvement([&] { return std::max(0.0, normal(random_)); }, BfpRounding::kNearest),
              0.22, 0.02);
  EXPECT_NEAR(improvement([&] { return uniform(random_); }, BfpRounding::kNearest), 0.16, 0.02);
  EXPECT_GT(improvement(gaussian, BfpRounding::kTruncate), 0.4);
}

INSTANTIATE_TEST_SUITE_P(Targets, BfpTest, testing::ValuesIn(targets_of_this_machine()),
                         target_name);

TEST(BfpRoundingTest, ZeroByteTruncatesAndHalfByteRoundsToNearest) {
  const std::vector<float> x = {8, 1.5F, 0.99F, -2.5F, 0.49F, -0.5F};
  const auto codes = [&](BfpRounding rounding) {
    BfpMatrix matrix;
    matrix.assign(matrix_view(x, 1, 6), GroupAxis::kColumns, {.rounding = rounding});
    return std::vector<int>(matrix.codes().begin(), matrix.codes().begin() + 6);
  };
  EXPECT_THAT(codes(BfpRounding::kTruncate), testing::ElementsAre(8, 1, 0, -2, 0, 0));
  EXPECT_THAT(codes(BfpRounding::kNearest), testing::ElementsAre(8, 2, 1, -3, 0, -1));
}

TEST(BfpStorageTest, BitsOfAValue) {
  EXPECT_DOUBLE_EQ(bits_per_value({.mantissa_bits = 2}), 3.1875);  // FAST, low
  EXPECT_DOUBLE_EQ(bits_per_value({.mantissa_bits = 4}), 6.1875);  // FAST, high
  EXPECT_DOUBLE_EQ(
      bits_per_value({.exponent_bits = 8, .mantissa_bits = 3, .layout = BfpLayout::kPacked}), 4.5);
  EXPECT_DOUBLE_EQ(bits_per_value({.mantissa_bits = 2, .square_blocks = true}), 3 + 3.0 / 256);
  const BfpStorage storage = bfp_storage({.mantissa_bits = 4}, 3, 17);
  EXPECT_EQ(storage.exponent_bits, 3U * 2 * 3);
  EXPECT_EQ(storage.mantissa_bits, 3U * 2 * 16 * 6);
}

std::string message_of(const std::vector<float>& x, const BfpParameters& p,
                       std::optional<int> top = std::nullopt) {
  try {
    BfpMatrix().assign(matrix_view(x, 2, x.size() / 2), GroupAxis::kRows, p, {}, top);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "nothing thrown";
}

TEST(BfpErrorsTest, NameTheValueTheWindowAndTheParameter) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(message_of({1, 2, 3, nan}, {}), "value [1][1] is NaN, for which there is no code");
  EXPECT_EQ(message_of({1, -infinity, 3, 4}, {.exponent_bits = 8}),
            "value [0][1] is -Inf, for which there is no code");
  EXPECT_EQ(message_of({1, 2, 3, 16}, {.window = BfpWindow::kRefuse}, 3),
            "exponent 4 lies above the window -4 to 3 of 3 exponent bits");
  EXPECT_EQ(message_of({1, 2}, {.group_size = 129}),
            "format 'bfp': group_size must be 1 to 128, not 129");
  EXPECT_EQ(message_of({1, 2}, {.exponent_bits = 9}),
            "format 'bfp': exponent_bits must be 1 to 8, not 9");
  EXPECT_EQ(message_of({1, 2}, {.mantissa_bits = 0}),
            "format 'bfp': mantissa_bits must be 1 to 7, not 0");
  EXPECT_THAT(message_of({1, 2}, {.group_size = 8, .square_blocks = true}),
              testing::HasSubstr("group_size must be 16"));
}

TEST(BfpWindowTest, GroupsBelowLoseBitsGradually) {
  // e = 3: the window of top exponent 7 ends at 0. The second row lies two binades below.
  std::vector<float> x(32, 0.0F);
  x[0] = 128;
  x[16] = 0.25F + 0.125F;
  BfpMatrix matrix;
  matrix.assign(matrix_view(x, 2, 16), GroupAxis::kColumns, {.mantissa_bits = 4});
  EXPECT_EQ(matrix.exponent(0, 0), 7);
  EXPECT_EQ(matrix.exponent(1, 0), 0);
  EXPECT_EQ(matrix.lowest_exponent(), 0);
  EXPECT_EQ(matrix.codes(1, 0)[0], 3);
}

}  // namespace
}  // namespace systerm
