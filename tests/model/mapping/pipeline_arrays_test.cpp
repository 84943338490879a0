// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/pipeline_arrays.h"

#include <algorithm>
#include <limits>
#include <random>
#include <stdexcept>

#include <gmock/gmock.h>

namespace systerm {
namespace {

TEST(PipelineArrays, FoldCountsTheTilesOfALayer) {
  const PipelineLoad load{"a", 100, 30, 7};
  EXPECT_EQ(fold(load, 32, 32), (PipelineArray{32, 30, 4}));
  EXPECT_EQ(fold(load, 200, 200), (PipelineArray{100, 30, 1}));
}

/// The slowest layer of every way to choose folds, by trying them all.
std::int64_t best_by_hand(const std::vector<PipelineLoad>& loads, std::size_t layer,
                          std::int64_t cells) {
  if (layer == loads.size()) return 0;
  auto best = std::numeric_limits<std::int64_t>::max();
  for (std::int64_t rows = 1; rows <= loads[layer].rows; ++rows) {
    for (std::int64_t columns = 1; columns <= loads[layer].columns; ++columns) {
      const PipelineArray array = fold(loads[layer], rows, columns);
      if (array.cells() > cells) continue;
      const std::int64_t others = best_by_hand(loads, layer + 1, cells - array.cells());
      best = std::min(best, std::max(others, array.folds * loads[layer].words));
    }
  }
  return best;
}

TEST(PipelineArrays, BalancesAsWellAsTryingEverythingDoes) {
  std::mt19937 random(5);
  for (int trial = 0; trial < 60; ++trial) {
    SCOPED_TRACE(trial);
    std::vector<PipelineLoad> loads;
    const auto up_to = [&](std::int64_t most) {
      return 1 + static_cast<std::int64_t>(random()) % most;
    };
    for (int layer = 0; layer < 3; ++layer) loads.push_back({"", up_to(5), up_to(5), up_to(20)});
    const auto cells = static_cast<std::int64_t>(3 + random() % 40);
    const std::vector<PipelineArray> arrays = balance_arrays(loads, cells);
    std::int64_t used = 0;
    std::int64_t slowest = 0;
    for (std::size_t i = 0; i < loads.size(); ++i) {
      used += arrays[i].cells();
      slowest = std::max(slowest, arrays[i].folds * loads[i].words);
    }
    EXPECT_LE(used, cells);
    EXPECT_EQ(slowest, best_by_hand(loads, 0, cells));
  }
}

TEST(PipelineArrays, RefusesFewerCellsThanLayers) {
  EXPECT_THROW(balance_arrays({{"a", 4, 4, 1}, {"b", 4, 4, 1}}, 1), std::invalid_argument);
}

}  // namespace
}  // namespace systerm
