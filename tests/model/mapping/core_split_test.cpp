// SPDX-License-Identifier: Apache-2.0
// How layers, filters and images are divided among cores.
#include "model/mapping/core_split.h"

#include <algorithm>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace systerm {
namespace {

/// Smallest cost of the costliest of `cores` runs, by trying every first cut.
double best(const std::vector<double>& costs, std::size_t begin, int cores) {
  double sum = 0.0;
  if (cores == 1) {
    for (std::size_t i = begin; i < costs.size(); ++i) sum += costs[i];
    return sum;
  }
  double found = best(costs, begin, 1);
  for (std::size_t i = begin; i < costs.size(); ++i) {
    sum += costs[i];
    found = std::min(found, std::max(sum, best(costs, i + 1, cores - 1)));
  }
  return found;
}

TEST(AssignLayers, MakesTheCostliestCoreAsCheapAsCanBe) {
  std::mt19937 engine(7);
  for (int repeat = 0; repeat < 200; ++repeat) {
    std::vector<double> costs(std::uniform_int_distribution<std::size_t>(1, 9)(engine));
    for (double& cost : costs) cost = std::uniform_int_distribution<int>(0, 20)(engine);
    const int cores = std::uniform_int_distribution<int>(1, 4)(engine);
    const std::vector<int> assignment = assign_layers(costs, cores);
    ASSERT_EQ(assignment.size(), costs.size());
    EXPECT_TRUE(std::ranges::is_sorted(assignment));
    std::vector<double> sums(static_cast<std::size_t>(cores));
    for (std::size_t i = 0; i < costs.size(); ++i) {
      ASSERT_LT(assignment[i], cores);
      sums[static_cast<std::size_t>(assignment[i])] += costs[i];
    }
    EXPECT_EQ(std::ranges::max(sums), best(costs, 0, cores)) << "repeat " << repeat;
  }
}

std::vector<std::pair<std::int64_t, std::int64_t>> filters(const GemmExtents& gemm, int cores) {
  Design design;
  design.array.columns = 32;
  design.cores.count = cores;
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges;
  for (const LayerShare& share : split_by_filters(design, &gemm, 1)) {
    EXPECT_EQ(share.core, static_cast<int>(ranges.size()));
    ranges.emplace_back(share.filters.begin, share.filters.end);
  }
  return ranges;
}

using testing::ElementsAre;
using testing::Pair;

TEST(SplitByFilters, GivesEveryCoreItsShare) {
  EXPECT_THAT(filters({.filters = 40}, 4),
              ElementsAre(Pair(0, 10), Pair(10, 20), Pair(20, 30), Pair(30, 40)));
  EXPECT_THAT(filters({.filters = 3}, 4), ElementsAre(Pair(0, 1), Pair(1, 2), Pair(2, 3)));
}

TEST(SplitByFilters, GivesWholeTilesWhereThereAreEnough) {
  EXPECT_THAT(filters({.filters = 160}, 3),
              ElementsAre(Pair(0, 64), Pair(64, 128), Pair(128, 160)));
}

TEST(SplitByFilters, KeepsConvolutionGroupsTogether) {
  EXPECT_THAT(filters({.groups = 3, .channels = 9, .filters = 30}, 2),
              ElementsAre(Pair(0, 20), Pair(20, 30)));
}

TEST(SplitByBatch, DividesImagesEvenly) {
  Design design;
  design.cores.count = 3;
  std::int64_t next = 0;
  for (const LayerShare& share : split_by_batch(design, nullptr, 8)) {
    EXPECT_EQ(share.image_begin, next);
    EXPECT_GE(share.image_end - share.image_begin, 2);
    next = share.image_end;
  }
  EXPECT_EQ(next, 8);
}

TEST(ImagesOf, AreThePartOfTheFeatureThatHoldsThem) {
  FeatureMap map{.address = 4096, .images = 6, .height = 3, .width = 5, .channels = 7};
  map.element_bytes = 4;
  const FeatureMap part = images_of(map, 2, 5);
  EXPECT_EQ(part.images, 3);
  std::vector<MemoryRun> whole;
  append_runs(map, {2, 5, 0, 3, 0, 5, 0, 7}, whole);
  std::vector<MemoryRun> runs;
  append_runs(part, part.whole(), runs);
  ASSERT_EQ(runs.size(), whole.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    EXPECT_EQ(runs[i].address, whole[i].address);
    EXPECT_EQ(runs[i].bytes, whole[i].bytes);
  }
}

}  // namespace
}  // namespace systerm
