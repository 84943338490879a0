// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/blocking.h"

#include <algorithm>

namespace systerm {

namespace {

/// The distinct values of ceil(size / parts), largest first, from size down to 1.
std::vector<std::int64_t> piece_sizes(std::int64_t size) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t piece = size; piece >= 1;) {
    sizes.push_back(piece);
    const std::int64_t parts = (size + piece - 1) / piece;
    piece = std::min(piece - 1, (size + parts) / (parts + 1));
  }
  return sizes;
}

}  // namespace

std::vector<BlockExtent> block_extents(const FeatureMap& output) {
  std::vector<BlockExtent> extents;
  for (const std::int64_t images : piece_sizes(output.images)) {
    extents.push_back({images, output.height, output.width});
  }
  for (const std::int64_t rows : piece_sizes(output.height)) {
    if (rows < output.height) extents.push_back({1, rows, output.width});
  }
  for (const std::int64_t columns : piece_sizes(output.width)) {
    if (columns < output.width) extents.push_back({1, 1, columns});
  }
  return extents;
}

std::vector<Region> cut_into_blocks(const FeatureMap& output, const BlockExtent& extent) {
  std::vector<Region> blocks;
  for (std::int64_t image = 0; image < output.images; image += extent.images) {
    for (std::int64_t row = 0; row < output.height; row += extent.rows) {
      for (std::int64_t column = 0; column < output.width; column += extent.columns) {
        blocks.push_back({image, std::min(image + extent.images, output.images), row,
                          std::min(row + extent.rows, output.height), column,
                          std::min(column + extent.columns, output.width), 0, output.channels});
      }
    }
  }
  return blocks;
}

}  // namespace systerm
