// SPDX-License-Identifier: Apache-2.0
// Synthetic sparsity against the published example layer (arXiv 1811.04770): 96 x 94, 16 %
// nonzeros, 1 to 39 of them a column; combined with alpha 8 it has 17 columns, 89 % dense, 3 tiles
// instead of 9.
#include "workloads/sparsity/column_skew.h"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

#include "components/arithmetic/magnitude_pruning.h"
#include "components/arithmetic/packing.h"

namespace systerm {
namespace {

constexpr std::size_t kRows = 96;
constexpr std::size_t kColumns = 94;
constexpr double kDensity = 0.16;
constexpr std::uint64_t kSeeds = 20;

std::vector<std::int64_t> counts_of(const std::vector<float>& weights, std::size_t columns) {
  std::vector<std::int64_t> counts(columns, 0);
  for (std::size_t i = 0; i < weights.size(); ++i) counts[i % columns] += weights[i] != 0.0F;
  return counts;
}

TEST(ColumnSkew, DensitiesHaveTheMeanAskedForAndDependOnSeedAndLayer) {
  for (const double density : {0.02, 0.16, 0.3, 0.9}) {
    const auto densities = column_densities(3, "layer", 20000, density);
    const double mean = std::accumulate(densities.begin(), densities.end(), 0.0) / 20000.0;
    EXPECT_NEAR(mean, density, 0.02 * density + 0.002);
    // Beta(a, b) has variance m (1 - m) / (a + b + 1).
    double variance = 0.0;
    for (const double each : densities) variance += (each - mean) * (each - mean) / 20000.0;
    const double skew = std::max({kColumnSkew, 1.0 / density, 1.0 / (1.0 - density)});
    EXPECT_NEAR(variance, density * (1.0 - density) / (skew + 1.0), 0.06 * variance);
  }
  EXPECT_EQ(column_densities(3, "a", 5, 0.2), column_densities(3, "a", 5, 0.2));
  EXPECT_NE(column_densities(3, "a", 5, 0.2), column_densities(4, "a", 5, 0.2));
  EXPECT_NE(column_densities(3, "a", 5, 0.2), column_densities(3, "b", 5, 0.2));
}

// 17 columns of 96 rows, 89 % dense, hold 16 % of 96 x 94: every nonzero. So nothing is pruned, and
// the limit on conflicts is not what makes the groups.
TEST(ColumnSkew, TheExampleLayerPacksAsPublished) {
  double columns = 0.0;
  double efficiency = 0.0;
  double nonzeros = 0.0;
  std::size_t largest_group = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto weights =
        jointly_optimised_matrix(seed, "example", kRows, kColumns, kDensity, 8, 0.89);
    const PackedMatrix packed = make_packing("column_combining", {"dense_column_first", 8, 0.0, 0})
                                    ->pack({weights, kRows, kColumns});
    columns += static_cast<double>(packed.groups.size()) / kSeeds;
    efficiency += packed.efficiency() / kSeeds;
    nonzeros += static_cast<double>(packed.nonzeros_kept) / (kRows * kColumns * kSeeds);
    for (const auto& group : packed.groups) largest_group = std::max(largest_group, group.size());
    EXPECT_EQ(packed.nonzeros_pruned, 0);
    EXPECT_EQ(packed.tiles(32, 32), 3);
    EXPECT_EQ(make_packing("none", {})->pack({weights, kRows, kColumns}).tiles(32, 32), 9);
  }
  EXPECT_NEAR(columns, 17.0, 1.0);
  EXPECT_NEAR(efficiency, 0.89, 0.02);
  EXPECT_NEAR(nonzeros, 0.16, 0.01);
  EXPECT_LE(largest_group, 8U);
}

TEST(ColumnSkew, IndependentRowsCannotPackAsTheExampleLayerDoes) {
  double efficiency = 0.0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto weights = column_skewed_matrix(seed, "example", kRows, kColumns, kDensity);
    const PackedMatrix packed = make_packing("column_combining", {"dense_column_first", 8, 0.5, 0})
                                    ->pack({weights, kRows, kColumns});
    efficiency += packed.efficiency() / kSeeds;
    EXPECT_GT(packed.nonzeros_pruned, 0);
  }
  EXPECT_LT(efficiency, 0.75);
}

TEST(ColumnSkew, PruningSkewedWeightsByMagnitudeLeavesTheSameSkew) {
  std::vector<float> weights(kRows * kColumns);
  double smallest = 0.0;
  double largest = 0.0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    weights = column_skewed_matrix(seed, "dense", kRows, kColumns, 0.999999);
    skew_columns(seed, "dense", kColumns, kDensity, weights);
    prune_smallest(weights, static_cast<std::size_t>(kRows * kColumns * (1.0 - kDensity)));
    const auto counts = counts_of(weights, kColumns);
    smallest += static_cast<double>(*std::ranges::min_element(counts)) / kSeeds;
    largest += static_cast<double>(*std::ranges::max_element(counts)) / kSeeds;
  }
  EXPECT_NEAR(smallest, 1.0, 1.5);
  EXPECT_NEAR(largest, 43.0, 6.0);
}

}  // namespace
}  // namespace systerm
