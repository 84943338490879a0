// SPDX-License-Identifier: Apache-2.0
// The published recipe on synthetic weights: prune by magnitude, group with `greedy`, combine.
// Published for the CIFAR-10 network with 1 x 1 convolutions, gamma 1.75, tiles of 64 x 64: packing
// efficiency 97 %, 466 tiles become 102. Source: the code published with arXiv 1811.04770.
#include <array>
#include <string>

#include <gtest/gtest.h>

#include "components/arithmetic/magnitude_pruning.h"
#include "components/arithmetic/packing.h"
#include "workloads/data/synthetic.h"

namespace systerm {
namespace {

struct LayerSize {
  std::size_t rows;
  std::size_t columns;
  int alpha;
};

constexpr std::array<LayerSize, 19> kLayers = {{{128, 3, 1},
                                                {128, 128, 1},
                                                {128, 128, 1},
                                                {128, 128, 1},
                                                {128, 128, 1},
                                                {128, 128, 1},
                                                {128, 128, 1},
                                                {256, 128, 1},
                                                {256, 256, 4},
                                                {256, 256, 4},
                                                {256, 256, 4},
                                                {256, 256, 4},
                                                {256, 256, 4},
                                                {512, 256, 4},
                                                {512, 512, 8},
                                                {512, 512, 8},
                                                {512, 512, 8},
                                                {512, 512, 8},
                                                {512, 512, 8}}};

TEST(PublishedRecipe, GivesThePublishedEfficiencyAndTiles) {
  std::int64_t unpacked_tiles = 0;
  std::int64_t packed_tiles = 0;
  double kept = 0.0;
  double cells = 0.0;
  for (std::size_t i = 0; i < kLayers.size(); ++i) {
    const auto& [rows, columns, alpha] = kLayers[i];
    std::vector<float> weights = synthetic_weights(
        1, "layer" + std::to_string(i), static_cast<std::int64_t>(columns), rows * columns);
    const PruningSchedule schedule;
    prune_smallest(weights,
                   published_prune_count(weights.size(), schedule.rate(schedule.points), alpha));
    const MatrixView matrix{weights, rows, columns};
    const PackedMatrix packed =
        make_packing("column_combining", {"greedy", alpha, 1.75, 0})->pack(matrix);
    unpacked_tiles += make_packing("none", {})->pack(matrix).tiles(64, 64);
    packed_tiles += packed.tiles(64, 64);
    kept += static_cast<double>(packed.nonzeros_kept);
    cells += static_cast<double>(packed.packed_rows * packed.packed_columns());
  }
  EXPECT_EQ(unpacked_tiles, 466);
  EXPECT_EQ(packed_tiles, 102);
  EXPECT_NEAR(kept / cells, 0.97, 0.005);
}

}  // namespace
}  // namespace systerm
