// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/blocking.h"

#include <gmock/gmock.h>

namespace systerm {
namespace {

TEST(Blocking, EveryExtentCoversEveryPositionOnceAndTheyShrink) {
  for (const auto& [images, height, width] :
       {std::tuple{1, 1, 1}, {3, 5, 7}, {4, 14, 14}, {10, 1, 1}, {1, 1, 9}, {2, 9, 1}}) {
    FeatureMap output;
    output.images = images;
    output.height = height;
    output.width = width;
    output.channels = 6;
    const std::vector<BlockExtent> extents = block_extents(output);
    ASSERT_FALSE(extents.empty());
    EXPECT_EQ(extents.front().positions(), output.whole().positions());
    EXPECT_EQ(extents.back().positions(), 1);
    for (std::size_t e = 0; e < extents.size(); ++e) {
      SCOPED_TRACE(e);
      if (e > 0) {
        EXPECT_LT(extents[e].positions(), extents[e - 1].positions());
      }
      std::vector<int> covered(static_cast<std::size_t>(images * height * width));
      for (const Region& block : cut_into_blocks(output, extents[e])) {
        EXPECT_LE(block.positions(), extents[e].positions());
        EXPECT_EQ(block.channels(), 6);
        for (auto i = block.image_begin; i < block.image_end; ++i) {
          for (auto r = block.row_begin; r < block.row_end; ++r) {
            for (auto c = block.column_begin; c < block.column_end; ++c) {
              ++covered.at(static_cast<std::size_t>((i * height + r) * width + c));
            }
          }
        }
      }
      EXPECT_THAT(covered, testing::Each(1));
    }
  }
}

}  // namespace
}  // namespace systerm
