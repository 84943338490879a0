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

BlockingSummary summarise_blocks(const LayerDescriptor& layer, const BlockExtent& extent) {
  // A block's input is a product of ranges, one an axis, so sums and largest values are products
  // too.
  struct Axis {
    std::int64_t pieces = 0;
    std::int64_t sum = 0;
    std::int64_t largest = 0;
    std::int64_t first = 0;
    std::int64_t last_extent = 0;  ///< in the output
  };
  const auto measure = [](std::int64_t size, std::int64_t piece, auto input_extent) {
    Axis axis;
    for (std::int64_t begin = 0; begin < size; begin += piece) {
      const std::int64_t end = std::min(begin + piece, size);
      const std::int64_t input = input_extent(begin, end);
      if (axis.pieces++ == 0) axis.first = input;
      axis.sum += input;
      axis.largest = std::max(axis.largest, input);
      axis.last_extent = end - begin;
    }
    return axis;
  };
  const Region whole = layer.output.whole();
  const Axis images = measure(layer.output.images, extent.images,
                              [](std::int64_t begin, std::int64_t end) { return end - begin; });
  const Axis rows =
      measure(layer.output.height, extent.rows, [&](std::int64_t begin, std::int64_t end) {
        Region block = whole;
        block.row_begin = begin;
        block.row_end = end;
        return layer.input_region(block).rows();
      });
  const Axis columns =
      measure(layer.output.width, extent.columns, [&](std::int64_t begin, std::int64_t end) {
        Region block = whole;
        block.column_begin = begin;
        block.column_end = end;
        return layer.input_region(block).columns();
      });
  const std::int64_t channels = layer.input.channels;
  return {images.pieces * rows.pieces * columns.pieces,
          images.sum * rows.sum * columns.sum * channels,
          images.largest * rows.largest * columns.largest * channels,
          images.first * rows.first * columns.first * channels,
          images.last_extent * rows.last_extent * columns.last_extent};
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
