// SPDX-License-Identifier: Apache-2.0
#include "components/encoder/im2col_pattern.h"

#include <random>

#include <gmock/gmock.h>

#include "tests/support/convolution_layer.h"

namespace systerm {
namespace {

class Im2col : public testing::Test {
 protected:
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }

  /// A layer with one block, one tile of all groups and one step over some of the block's vectors.
  LayerDescriptor random_layer() {
    LayerDescriptor layer;
    layer.input.images = between(1, 3);
    layer.input.height = between(3, 7);
    layer.input.width = between(3, 7);
    layer.input.channels = between(1, 20);
    layer.input.channel_block = between(1, 24);
    layer.settings.group_size = static_cast<int>(between(1, 9));
    layer.window = {between(1, 3), between(1, 3), between(1, 3), between(1, 3),
                    between(1, 2), between(1, 2), between(0, 2), between(0, 2)};
    const auto [rows, columns] = output_extents(layer);
    Region block;
    range(layer.input.images, block.image_begin, block.image_end);
    range(rows, block.row_begin, block.row_end);
    range(columns, block.column_begin, block.column_end);
    block.channel_end = 1;
    layer.blocks = {block};
    WeightTile tile;
    add_slots(layer);
    tile.first_slot = between(0, static_cast<std::int64_t>(layer.slots.size()) - 1);
    tile.slots = static_cast<std::int32_t>(
        between(1, static_cast<std::int64_t>(layer.slots.size()) - tile.first_slot));
    tile.columns = 1;
    layer.weight_tiles = {tile};
    Step step;
    step.vector_begin = static_cast<std::int32_t>(between(0, block.positions() - 1));
    step.vectors = static_cast<std::int32_t>(between(1, block.positions() - step.vector_begin));
    layer.steps = {step};
    return layer;
  }

 private:
  void range(std::int64_t size, std::int64_t& begin, std::int64_t& end) {
    begin = between(0, 1) == 0 ? 0 : between(0, size - 1);
    end = between(0, 1) == 0 ? size : between(begin + 1, size);
  }

  std::mt19937 engine_{11};
};

unsigned char value_at(std::int64_t image, std::int64_t row, std::int64_t column,
                       std::int64_t channel) {
  return static_cast<unsigned char>(1 + (image * 131 + row * 37 + column * 17 + channel * 7) %
                                            251);  // never zero, like no padding
}

TEST_F(Im2col, EqualsPickingEveryValueByItself) {
  int padded = 0;
  int split = 0;
  int ragged = 0;
  for (int trial = 0; trial < 1000; ++trial) {
    SCOPED_TRACE(trial);
    const LayerDescriptor layer = random_layer();
    const Region& block = layer.blocks[0];
    const Region region = layer.input_region(block);
    const FeatureMap& input = layer.input;
    // The block as the DMA engine fills it: the elements of the region in memory order.
    std::vector<unsigned char> content;
    for (std::int64_t image = region.image_begin; image < region.image_end; ++image) {
      for (std::int64_t b = 0; b < input.channels; b += input.channel_block) {
        for (std::int64_t row = region.row_begin; row < region.row_end; ++row) {
          for (std::int64_t column = region.column_begin; column < region.column_end; ++column) {
            for (std::int64_t c = b; c < std::min(b + input.channel_block, input.channels); ++c) {
              content.push_back(value_at(image, row, column, c));
            }
          }
        }
      }
    }
    const Step& step = layer.steps[0];
    const WeightTile& tile = layer.weight_tiles[0];
    const int g = layer.settings.group_size;
    std::vector<unsigned char> expected;
    std::int64_t vector = 0;
    for (std::int64_t image = block.image_begin; image < block.image_end; ++image) {
      for (std::int64_t row = block.row_begin; row < block.row_end; ++row) {
        for (std::int64_t column = block.column_begin; column < block.column_end;
             ++column, ++vector) {
          if (vector < step.vector_begin || vector >= step.vector_begin + step.vectors) continue;
          for (std::int64_t s = tile.first_slot; s < tile.first_slot + tile.slots; ++s) {
            const RowSlot& slot = layer.slots[static_cast<std::size_t>(s)];
            const std::int64_t y = row * layer.window.stride_height - layer.window.pad_top +
                                   slot.kernel_row * layer.window.dilation_height;
            const std::int64_t x = column * layer.window.stride_width - layer.window.pad_left +
                                   slot.kernel_column * layer.window.dilation_width;
            const bool inside = y >= 0 && y < input.height && x >= 0 && x < input.width;
            padded += !inside;
            ragged += slot.count < g;
            split += slot.channel / input.channel_block !=
                     (slot.channel + slot.count - 1) / input.channel_block;
            for (int v = 0; v < g; ++v) {
              expected.push_back(v < slot.count && inside ? value_at(image, y, x, slot.channel + v)
                                                          : static_cast<unsigned char>(0));
            }
          }
        }
      }
    }
    const Im2colPattern pattern(layer, step);
    ASSERT_EQ(pattern.vector_bytes(), tile.slots * g);
    // Stale bytes must not shine through.
    std::vector<unsigned char> found(expected.size(), 0xEE);
    pattern.gather(content, found);
    ASSERT_EQ(found, expected);
  }
  EXPECT_GT(padded, 1000);
  EXPECT_GT(split, 1000);
  EXPECT_GT(ragged, 1000);
}

}  // namespace
}  // namespace systerm
