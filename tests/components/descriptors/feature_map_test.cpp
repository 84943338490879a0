// SPDX-License-Identifier: Apache-2.0
#include "components/descriptors/feature_map.h"

#include <random>

#include <gmock/gmock.h>

namespace systerm {
namespace {

/// Byte addresses of a region, element by element in memory order: image, channel block, row,
/// column, channel.
std::vector<std::uint64_t> addresses(const FeatureMap& map, const Region& region) {
  std::vector<std::uint64_t> found;
  std::uint64_t address = map.address;
  for (std::int64_t image = 0; image < map.images; ++image) {
    for (std::int64_t block = 0; block < map.channels; block += map.channel_block) {
      for (std::int64_t row = 0; row < map.height; ++row) {
        for (std::int64_t column = 0; column < map.width; ++column) {
          for (std::int64_t c = block; c < std::min(block + map.channel_block, map.channels); ++c) {
            const bool inside = image >= region.image_begin && image < region.image_end &&
                                row >= region.row_begin && row < region.row_end &&
                                column >= region.column_begin && column < region.column_end &&
                                c >= region.channel_begin && c < region.channel_end;
            for (std::int64_t byte = 0; byte < map.element_bytes; ++byte, ++address) {
              if (inside) found.push_back(address);
            }
          }
        }
      }
    }
  }
  return found;
}

class RandomRegions : public testing::Test {
 protected:
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }
  FeatureMap random_map() {
    FeatureMap map;
    map.address = static_cast<std::uint64_t>(between(0, 1000));
    map.images = between(1, 3);
    map.height = between(1, 5);
    map.width = between(1, 5);
    map.channels = between(1, 12);
    map.channel_block = between(1, 14);
    map.element_bytes = between(0, 1) == 0 ? 1 : 4;
    return map;
  }
  void range(std::int64_t size, std::int64_t& begin, std::int64_t& end) {
    // Whole extents join into longer runs; make them common.
    begin = between(0, 2) == 0 ? 0 : between(0, size - 1);
    end = between(0, 2) == 0 ? size : between(begin + 1, size);
  }
  Region random_region(const FeatureMap& map) {
    Region region;
    range(map.images, region.image_begin, region.image_end);
    range(map.height, region.row_begin, region.row_end);
    range(map.width, region.column_begin, region.column_end);
    range(map.channels, region.channel_begin, region.channel_end);
    return region;
  }

 private:
  std::mt19937 engine_{7};
};

TEST_F(RandomRegions, RunsAreTheBytesOfTheRegionInMemoryOrderAndMaximal) {
  for (int trial = 0; trial < 2000; ++trial) {
    SCOPED_TRACE(trial);
    const FeatureMap map = random_map();
    const Region region = random_region(map);
    std::vector<MemoryRun> runs;
    append_runs(map, region, runs);
    std::vector<std::uint64_t> bytes;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (i > 0) {
        ASSERT_NE(runs[i - 1].address + runs[i - 1].bytes, runs[i].address);
      }
      for (std::uint64_t b = 0; b < runs[i].bytes; ++b) bytes.push_back(runs[i].address + b);
    }
    ASSERT_EQ(bytes, addresses(map, region));
  }
}

TEST_F(RandomRegions, LayoutPlacesElementsInTheOrderOfTheRuns) {
  for (int trial = 0; trial < 2000; ++trial) {
    SCOPED_TRACE(trial);
    FeatureMap map = random_map();
    map.address = 0;
    map.element_bytes = 1;
    const Region region = random_region(map);
    const std::vector<std::uint64_t> order = addresses(map, region);
    const RegionLayout layout(map, region);
    const RegionLayout memory(map, map.whole());
    for (std::int64_t image = region.image_begin; image < region.image_end; ++image) {
      for (std::int64_t row = region.row_begin; row < region.row_end; ++row) {
        for (std::int64_t column = region.column_begin; column < region.column_end; ++column) {
          for (std::int64_t c = region.channel_begin; c < region.channel_end; ++c) {
            const auto offset = static_cast<std::size_t>(layout.offset(image, row, column, c));
            ASSERT_LT(offset, order.size());
            ASSERT_EQ(order[offset],
                      static_cast<std::uint64_t>(memory.offset(image, row, column, c)));
          }
        }
      }
    }
  }
}

TEST(AppendRuns, AWholeMapIsOneRunAndJoinsItsNeighbour) {
  FeatureMap map;
  map.images = 2;
  map.height = 3;
  map.width = 4;
  map.channels = 10;
  map.channel_block = 4;
  std::vector<MemoryRun> runs;
  append_runs(map, map.whole(), runs);
  map.address = static_cast<std::uint64_t>(map.bytes());
  append_runs(map, map.whole(), runs);
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].bytes, 2U * 240U);
}

}  // namespace
}  // namespace systerm
