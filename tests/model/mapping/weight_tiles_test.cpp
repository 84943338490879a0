// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/weight_tiles.h"

#include <map>
#include <random>
#include <set>
#include <tuple>

#include <gmock/gmock.h>

namespace systerm {
namespace {

std::unique_ptr<const Format> uniform(int group_size) {
  FormatParameters parameters;
  parameters.group_size = group_size;
  return make_format("uniform", parameters);
}

TEST(TileWeights, HoldsEveryWeightOfEveryFilterOnceWithinTheArray) {
  std::mt19937 engine(3);
  const auto between = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine);
  };
  for (int trial = 0; trial < 500; ++trial) {
    SCOPED_TRACE(trial);
    ArrayConfig array;
    array.rows = between(1, 12);
    array.columns = between(1, 12);
    GemmExtents gemm;
    gemm.groups = between(0, 1) == 0 ? 1 : between(1, 9);
    gemm.channels = gemm.groups * between(1, 20);
    gemm.filters = gemm.groups * between(1, 9);
    gemm.kernel_height = between(1, 3);
    gemm.kernel_width = between(1, 3);
    const auto format = uniform(static_cast<int>(between(1, 8)));
    const TiledWeights tiled = tile_weights(gemm, array, *format, 64);

    // filter, kernel row, kernel column, channel
    std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>, int> held;
    ASSERT_EQ(tiled.places.size(), tiled.tiles.size());
    std::int64_t next_slot = 0;
    std::int64_t next_offset = 0;
    for (std::size_t t = 0; t < tiled.tiles.size(); ++t) {
      const WeightTile& tile = tiled.tiles[t];
      const OutputTile& output =
          tiled.columns[static_cast<std::size_t>(tiled.places[t].output_column)];
      ASSERT_LE(tile.slots, array.rows);
      ASSERT_LE(tile.columns, array.columns);
      ASSERT_EQ(tile.first_slot, next_slot);
      ASSERT_GE(tile.offset, next_offset);
      ASSERT_EQ(tile.offset % 64, 0);
      ASSERT_GE(tile.filter_begin, output.filter_begin);
      ASSERT_LE(tile.filter_begin + tile.columns, output.filter_begin + output.filters);
      next_slot += tile.slots;
      next_offset = tile.offset + tile.bytes;
      std::int64_t pairs = 0;
      std::int64_t products = 0;
      for (std::int64_t s = tile.first_slot; s < tile.first_slot + tile.slots; ++s) {
        const RowSlot& slot = tiled.slots[static_cast<std::size_t>(s)];
        ASSERT_LE(slot.count, format->parameters().group_size);
        ASSERT_LE(slot.column_begin + slot.column_count, tile.columns);
        pairs += slot.column_count;
        products += std::int64_t{slot.column_count} * slot.count;
        for (std::int64_t c = 0; c < slot.column_count; ++c) {
          for (std::int64_t v = 0; v < slot.count; ++v) {
            ++held[{tile.filter_begin + slot.column_begin + c, slot.kernel_row, slot.kernel_column,
                    slot.channel + v}];
          }
        }
      }
      ASSERT_EQ(tile.group_pairs, pairs);
      ASSERT_EQ(tile.products, products);
    }
    ASSERT_GE(tiled.bytes, next_offset);
    // Exactly the block-diagonal weights, each once.
    std::size_t expected = 0;
    for (std::int64_t filter = 0; filter < gemm.filters; ++filter) {
      const std::int64_t group = filter / gemm.filters_per_group();
      for (std::int64_t y = 0; y < gemm.kernel_height; ++y) {
        for (std::int64_t x = 0; x < gemm.kernel_width; ++x) {
          for (std::int64_t c = 0; c < gemm.channels_per_group(); ++c, ++expected) {
            const auto found = held.find({filter, y, x, group * gemm.channels_per_group() + c});
            ASSERT_TRUE(found != held.end()) << "filter " << filter << " channel " << c;
            ASSERT_EQ(found->second, 1);
          }
        }
      }
    }
    ASSERT_EQ(held.size(), expected);
  }
}

TEST(TileWeights, MarksTheFirstAndLastTileOfEverySum) {
  std::mt19937 engine(5);
  const auto between = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine);
  };
  for (int trial = 0; trial < 300; ++trial) {
    SCOPED_TRACE(trial);
    ArrayConfig array;
    array.rows = between(1, 8);
    array.columns = between(1, 12);
    GemmExtents gemm;
    gemm.groups = between(1, 5);
    gemm.channels = gemm.groups * between(1, 12);
    gemm.filters = gemm.groups * between(1, 9);
    gemm.kernel_height = between(1, 3);
    const auto format = uniform(static_cast<int>(between(1, 4)));
    const TiledWeights tiled = tile_weights(gemm, array, *format, 64);
    // Tiles over the same filters are consecutive; a sum begins and ends where the filters change.
    const auto filters = [&](std::size_t t) {
      return std::tuple(tiled.places[t].output_column, tiled.tiles[t].filter_begin,
                        tiled.tiles[t].columns);
    };
    for (std::size_t t = 0; t < tiled.tiles.size(); ++t) {
      const bool first = t == 0 || filters(t - 1) != filters(t);
      const bool last = t + 1 == tiled.tiles.size() || filters(t + 1) != filters(t);
      ASSERT_EQ(tiled.places[t].first_of_sum, first) << "tile " << t;
      ASSERT_EQ(tiled.places[t].last_of_sum, last) << "tile " << t;
    }
  }
}

TEST(TileWeights, DepthwiseFiltersShareTheRowsDiagonally) {
  ArrayConfig array;  // 64 x 128
  const GemmExtents gemm{32, 32, 32, 3, 3};
  const TiledWeights tiled = tile_weights(gemm, array, *uniform(8), 64);
  // 9 rows a channel: 7 channels fill 63 of 64 rows, so 32 channels take 5 tiles.
  std::vector<std::int32_t> slots;
  for (const WeightTile& tile : tiled.tiles) {
    slots.push_back(tile.slots);
    EXPECT_EQ(tile.group_pairs, tile.slots);  // one column a row
  }
  EXPECT_THAT(slots, testing::ElementsAre(63, 63, 63, 63, 36));
}

}  // namespace
}  // namespace systerm
