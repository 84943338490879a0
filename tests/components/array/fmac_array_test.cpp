// SPDX-License-Identifier: Apache-2.0
// The three products of a layer in training, on an array of fMACs.
#include <random>
#include <stdexcept>

#include <gtest/gtest.h>

#include "components/arithmetic/bfp_gemm.h"
#include "components/array/fmac_timing.h"
#include "tests/support/stepped_fmac_array.h"

namespace systerm {
namespace {

class FmacArrayTest : public testing::Test {
 protected:
  std::mt19937 random_{41};

  std::int64_t from_one_to(unsigned most) {
    return 1 + static_cast<std::int64_t>(random_() % most);
  }
  BfpMatrix coded(std::int64_t rows, std::int64_t columns, const std::vector<float>& values,
                  GroupAxis axis, const BfpParameters& parameters) {
    BfpMatrix matrix;
    matrix.assign(
        matrix_view(values, static_cast<std::size_t>(rows), static_cast<std::size_t>(columns)),
        axis, parameters);
    return matrix;
  }
  std::vector<float> normal_values(std::int64_t count) {
    std::normal_distribution<float> normal;
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = normal(random_);
    return values;
  }
};

TEST_F(FmacArrayTest, ClosedFormAndKernelEqualTheSteppedArray) {
  for (int round = 0; round < 150; ++round) {
    FmacArray array;
    array.rows = from_one_to(5);
    array.columns = from_one_to(5);
    array.group_size = 4;
    array.accumulation = static_cast<BfpAccumulation>(random_() % 2);
    array.double_buffered = random_() % 2 == 0;
    array.weight_load_cycles = static_cast<std::int64_t>(random_() % 12);
    FmacGemm gemm{.mode = static_cast<FmacMode>(random_() % 3),
                  .m = from_one_to(12),
                  .k = from_one_to(50),
                  .n = from_one_to(50)};
    const BfpParameters low{.group_size = 4, .mantissa_bits = 2};
    const BfpParameters high{.group_size = 4, .mantissa_bits = 4};
    const BfpParameters& left_parameters = random_() % 2 == 0 ? low : high;
    const BfpParameters& right_parameters = random_() % 2 == 0 ? low : high;
    gemm.passes = bfp_passes(left_parameters, right_parameters);

    const auto a = normal_values(gemm.m * gemm.k);
    const auto w = normal_values(gemm.k * gemm.n);
    const auto d = normal_values(gemm.m * gemm.n);
    BfpMatrix left;
    BfpMatrix right;
    switch (gemm.mode) {
      case FmacMode::kResultsRight:
        left = coded(gemm.m, gemm.k, a, GroupAxis::kColumns, left_parameters);
        right = coded(gemm.k, gemm.n, w, GroupAxis::kRows, right_parameters);
        break;
      case FmacMode::kResultsUp:
        left = coded(gemm.m, gemm.n, d, GroupAxis::kColumns, left_parameters);
        right = coded(gemm.k, gemm.n, w, GroupAxis::kColumns, right_parameters);
        break;
      case FmacMode::kResultsHeld:
        left = coded(gemm.m, gemm.k, a, GroupAxis::kRows, left_parameters);
        right = coded(gemm.m, gemm.n, d, GroupAxis::kRows, right_parameters);
        break;
    }
    const test::SteppedFmacResult stepped = test::step_fmac_array(array, gemm.mode, left, right);
    ASSERT_EQ(fmac_cycles(array, gemm).total(), stepped.cycles)
        << "round " << round << " mode " << static_cast<int>(gemm.mode) << ' ' << array.rows
        << " x " << array.columns << ", " << gemm.m << ' ' << gemm.k << ' ' << gemm.n << ' '
        << gemm.passes;

    BfpLeft left_operand;
    BfpRight right_operand;
    left_operand.assign(left, array.accumulation);
    right_operand.assign(right, array.accumulation);
    std::vector<float> sums(stepped.sums.size());
    bfp_gemm(left_operand, right_operand, false, sums, right.outer());
    ASSERT_EQ(sums, stepped.sums) << "round " << round;
  }
}

TEST_F(FmacArrayTest, PassesAreOneTwoAndFour) {
  const BfpParameters low{.mantissa_bits = 2};
  const BfpParameters high{.mantissa_bits = 4};
  EXPECT_EQ(bfp_passes(low, low), 1);
  EXPECT_EQ(bfp_passes(low, high), 2);
  EXPECT_EQ(bfp_passes(high, low), 2);
  EXPECT_EQ(bfp_passes(high, high), 4);
}

// A convolution of 3 x 3 and 256 channels at 14 x 14, 256 filters, batch 8, on 256 x 64 cells.
TEST_F(FmacArrayTest, TilesAndCyclesByHand) {
  const std::int64_t m = 8 * 14 * 14;
  const auto cycles = [&](FmacMode mode, std::int64_t passes) {
    return fmac_cycles({}, {.mode = mode, .m = m, .k = 2304, .n = 256, .passes = passes});
  };
  const FmacCycles forward = cycles(FmacMode::kResultsRight, 1);
  EXPECT_EQ(forward.tiles, 3);  // ceil(2304 / (16 * 64)) * ceil(256 / 256)
  EXPECT_EQ(forward.busy, 3 * m);
  EXPECT_EQ(forward.skew, 256 + 64 - 2);
  EXPECT_EQ(forward.wait, 0);
  EXPECT_EQ(cycles(FmacMode::kResultsRight, 4).busy, 4 * forward.busy);
  const FmacCycles backward = cycles(FmacMode::kResultsUp, 2);
  EXPECT_EQ(backward.tiles, 36);  // ceil(256 / (16 * 256)) * ceil(2304 / 64)
  EXPECT_EQ(backward.busy, 36 * m * 2);
  const FmacCycles gradient = cycles(FmacMode::kResultsHeld, 1);
  EXPECT_EQ(gradient.tiles, 36);
  EXPECT_EQ(gradient.busy, 36 * 98);
  EXPECT_EQ(gradient.drain, 36 * 256);
}

TEST_F(FmacArrayTest, SizesBelowOneAreRefused) {
  EXPECT_THROW(fmac_cycles({}, {.m = 0}), std::invalid_argument);
  EXPECT_THROW(fmac_cycles({.rows = 0}, {}), std::invalid_argument);
}

}  // namespace
}  // namespace systerm
