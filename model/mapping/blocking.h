// SPDX-License-Identifier: Apache-2.0
// Ways to cut the output of a layer into blocks of positions.
#pragma once

#include <cstdint>
#include <vector>

#include "components/descriptors/feature_map.h"
#include "components/descriptors/layer_descriptor.h"

namespace systerm {

/// Extent of a block: several whole images, or several rows of one image, or part of one row.
struct BlockExtent {
  std::int64_t images = 1;
  std::int64_t rows = 1;
  std::int64_t columns = 1;

  std::int64_t positions() const { return images * rows * columns; }
};

/// All sensible extents, largest first; the last is a single position.
std::vector<BlockExtent> block_extents(const FeatureMap& output);

/// The blocks of one extent over all channels, in memory order.
std::vector<Region> cut_into_blocks(const FeatureMap& output, const BlockExtent& extent);

/// What a choice of extent costs, without listing its blocks.
struct BlockingSummary {
  std::int64_t blocks = 0;
  std::int64_t input_elements = 0;  ///< of all blocks; overlaps of neighbours counted in each
  std::int64_t largest_input = 0;   ///< elements of one block
  std::int64_t first_input = 0;
  std::int64_t last_positions = 0;
};

BlockingSummary summarise_blocks(const LayerDescriptor& layer, const BlockExtent& extent);

}  // namespace systerm
