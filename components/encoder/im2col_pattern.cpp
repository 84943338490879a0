// SPDX-License-Identifier: Apache-2.0
#include "components/encoder/im2col_pattern.h"

#include <algorithm>
#include <cstring>

namespace systerm {

Im2colPattern::Im2colPattern(const LayerDescriptor& descriptor, const Step& step)
    : descriptor_(descriptor),
      step_(step),
      tile_(descriptor.weight_tiles[static_cast<std::size_t>(step.weight_tile)]),
      layout_(descriptor.input,
              descriptor.input_region(descriptor.blocks[static_cast<std::size_t>(step.block)])),
      group_size_(descriptor.settings.group_size),
      vector_bytes_(tile_.slots * group_size_) {}

void Im2colPattern::gather(std::span<const unsigned char> block,
                           std::span<unsigned char> out) const {
  const Region& region = layout_.region();
  const Region& output = descriptor_.blocks[static_cast<std::size_t>(step_.block)];
  const Window& window = descriptor_.window;
  const FeatureMap& input = descriptor_.input;
  const std::span slots(descriptor_.slots.data() + tile_.first_slot,
                        static_cast<std::size_t>(tile_.slots));

  // A group may straddle two channel blocks, which lie apart; then it is gathered in two pieces.
  struct Piece {
    std::int64_t offset = 0;  ///< of the region's first position
    std::int64_t pitch = 0;   ///< from one position to the next
    std::int32_t out = 0;
    std::int32_t bytes = 0;
    std::int32_t row = 0;
    std::int32_t column = 0;
  };
  std::vector<Piece> pieces;
  std::int32_t slot_out = 0;
  for (const RowSlot& slot : slots) {
    for (std::int32_t done = 0; done < slot.count;) {
      const std::int64_t channel = slot.channel + done;
      const std::int64_t block_end =
          std::min((channel / input.channel_block + 1) * input.channel_block, input.channels);
      const std::int64_t block_begin = channel / input.channel_block * input.channel_block;
      const auto count =
          static_cast<std::int32_t>(std::min<std::int64_t>(slot.count - done, block_end - channel));
      pieces.push_back(
          {layout_.offset(region.image_begin, region.row_begin, region.column_begin, channel),
           block_end - block_begin, slot_out + done, count,
           static_cast<std::int32_t>(slot.kernel_row * window.dilation_height - window.pad_top),
           static_cast<std::int32_t>(slot.kernel_column * window.dilation_width -
                                     window.pad_left)});
      done += count;
    }
    slot_out += static_cast<std::int32_t>(group_size_);
  }

  const std::int64_t image_pitch = region.rows() * region.columns() * region.channels();
  const bool dense =
      pieces.size() == slots.size() &&
      std::ranges::all_of(slots, [&](const RowSlot& slot) { return slot.count == group_size_; });
  unsigned char* vector = out.data();
  for (std::int64_t v = step_.vector_begin; v < step_.vector_begin + step_.vectors; ++v) {
    const std::int64_t column = output.column_begin + v % output.columns();
    const std::int64_t row = output.row_begin + v / output.columns() % output.rows();
    const std::int64_t image = v / (output.columns() * output.rows());
    const unsigned char* base = block.data() + image * image_pitch;
    if (!dense) std::memset(vector, 0, static_cast<std::size_t>(vector_bytes_));
    for (const Piece& piece : pieces) {
      const std::int64_t input_row = row * window.stride_height + piece.row;
      const std::int64_t input_column = column * window.stride_width + piece.column;
      unsigned char* to = vector + piece.out;
      if (input_row < 0 || input_row >= input.height || input_column < 0 ||
          input_column >= input.width) {
        std::memset(to, 0, static_cast<std::size_t>(piece.bytes));
        continue;
      }
      const std::int64_t position =
          (input_row - region.row_begin) * region.columns() + (input_column - region.column_begin);
      const unsigned char* from = base + piece.offset + position * piece.pitch;
      if (piece.bytes == 8) {
        std::memcpy(to, from, 8);
      } else {
        std::memcpy(to, from, static_cast<std::size_t>(piece.bytes));
      }
    }
    vector += vector_bytes_;
  }
}

}  // namespace systerm
