// SPDX-License-Identifier: Apache-2.0
#include "components/encoder/im2col_pattern.h"

#include <algorithm>
#include <cstring>

#include "components/arithmetic/ceil_div.h"

namespace systerm {

namespace {

/// Kernel positions first .. last that lie in 0 .. size when the kernel's origin lies at `origin`.
std::int64_t valid_range(std::int64_t origin, std::int64_t kernel, std::int64_t dilation,
                         std::int64_t size) {
  const std::int64_t first = origin >= 0 ? 0 : std::min(ceil_div(-origin, dilation), kernel);
  const std::int64_t last =
      origin >= size ? 0 : std::min((size - 1 - origin) / dilation + 1, kernel);
  return first * (kernel + 1) + last;
}

}  // namespace

Im2colPattern::Im2colPattern(const LayerDescriptor& descriptor, const Step& step)
    : descriptor_(descriptor),
      step_(step),
      tile_(descriptor.weight_tiles[static_cast<std::size_t>(step.weight_tile)]),
      layout_(descriptor.input,
              descriptor.input_region(descriptor.blocks[static_cast<std::size_t>(step.block)])),
      group_size_(descriptor.settings.group_size),
      vector_bytes_(tile_.slots * descriptor.row_values()) {}

std::span<const RowSlot> Im2colPattern::slots() const {
  return {descriptor_.slots.data() + tile_.first_slot, static_cast<std::size_t>(tile_.slots)};
}

std::vector<Im2colPattern::Piece> Im2colPattern::pieces() const {
  const Region& region = layout_.region();
  const Window& window = descriptor_.window;
  const FeatureMap& input = descriptor_.input;
  // A group may straddle two channel blocks, which lie apart; then it is gathered in two pieces.
  std::vector<Piece> pieces;
  std::int32_t slot_out = 0;
  const auto add_pieces = [&](std::int64_t first, std::int32_t values, std::int32_t kernel_row,
                              std::int32_t kernel_column, std::int32_t to) {
    for (std::int32_t done = 0; done < values;) {
      const std::int64_t channel = first + done;
      const std::int64_t block_end =
          std::min((channel / input.channel_block + 1) * input.channel_block, input.channels);
      const std::int64_t block_begin = channel / input.channel_block * input.channel_block;
      const auto count =
          static_cast<std::int32_t>(std::min<std::int64_t>(values - done, block_end - channel));
      pieces.push_back(
          {layout_.offset(region.image_begin, region.row_begin, region.column_begin, channel),
           block_end - block_begin, to + done, count,
           static_cast<std::int32_t>(kernel_row * window.dilation_height - window.pad_top),
           static_cast<std::int32_t>(kernel_column * window.dilation_width - window.pad_left)});
      done += count;
    }
  };
  for (const RowSlot& slot : slots()) {
    if (descriptor_.streams) {
      std::int32_t to = slot_out;
      for (std::int32_t i = 0; i < slot.count; ++i) {
        for (const StreamSource& source : descriptor_.streams->of_column(slot.channel + i)) {
          if (source.channel != StreamSource::kNone) {
            add_pieces(source.channel, 1, source.kernel_row, source.kernel_column, to);
          }
          ++to;
        }
      }
    } else {
      add_pieces(slot.channel, slot.count, slot.kernel_row, slot.kernel_column, slot_out);
    }
    slot_out += static_cast<std::int32_t>(descriptor_.row_values());
  }
  return pieces;
}

Im2colPattern::Position Im2colPattern::position(std::int64_t vector) const {
  const Region& output = descriptor_.blocks[static_cast<std::size_t>(step_.block)];
  return {vector / (output.columns() * output.rows()),
          output.row_begin + vector / output.columns() % output.rows(),
          output.column_begin + vector % output.columns()};
}

std::int64_t Im2colPattern::image_pitch() const {
  const Region& region = layout_.region();
  return region.rows() * region.columns() * region.channels();
}

void Im2colPattern::gather(std::span<const unsigned char> block,
                           std::span<unsigned char> out) const {
  const Region& region = layout_.region();
  const Window& window = descriptor_.window;
  const FeatureMap& input = descriptor_.input;
  const std::vector<Piece> all = pieces();
  const bool dense =
      !descriptor_.streams && all.size() == slots().size() &&
      std::ranges::all_of(slots(), [&](const RowSlot& slot) { return slot.count == group_size_; });
  unsigned char* vector = out.data();
  for (std::int64_t v = step_.vector_begin; v < step_.vector_begin + step_.vectors; ++v) {
    const Position at = position(v);
    const unsigned char* base = block.data() + at.image * image_pitch();
    if (!dense) std::memset(vector, 0, static_cast<std::size_t>(vector_bytes_));
    for (const Piece& piece : all) {
      const std::int64_t input_row = at.row * window.stride_height + piece.row;
      const std::int64_t input_column = at.column * window.stride_width + piece.column;
      unsigned char* to = vector + piece.out;
      if (input_row < 0 || input_row >= input.height || input_column < 0 ||
          input_column >= input.width) {
        std::memset(to, 0, static_cast<std::size_t>(piece.bytes));
        continue;
      }
      const std::int64_t position =
          (input_row - region.row_begin) * region.columns() + (input_column - region.column_begin);
      const unsigned char* from = base + piece.offset + position * piece.pitch;
      if (piece.bytes == 1) {
        *to = *from;
      } else if (piece.bytes == 8) {
        std::memcpy(to, from, 8);
      } else {
        std::memcpy(to, from, static_cast<std::size_t>(piece.bytes));
      }
    }
    vector += vector_bytes_;
  }
}

std::int64_t Im2colPattern::shape_at(const Position& at) const {
  const Window& window = descriptor_.window;
  const FeatureMap& input = descriptor_.input;
  const std::int64_t columns = window.kernel_width + 1;
  return valid_range(at.row * window.stride_height - window.pad_top, window.kernel_height,
                     window.dilation_height, input.height) *
             columns * columns +
         valid_range(at.column * window.stride_width - window.pad_left, window.kernel_width,
                     window.dilation_width, input.width);
}

void Im2colPattern::inner_columns(std::int64_t& begin, std::int64_t& end) const {
  const Window& window = descriptor_.window;
  const std::int64_t reach = (window.kernel_width - 1) * window.dilation_width;
  begin = ceil_div(window.pad_left, window.stride_width);
  const std::int64_t last = descriptor_.input.width - 1 - reach + window.pad_left;
  end = last < 0 ? begin : std::max(begin, last / window.stride_width + 1);
}

void Im2colPattern::visit_requests(const std::function<void(const RequestGroup&)>& visit) const {
  const Region& region = layout_.region();
  const Region& output = descriptor_.blocks[static_cast<std::size_t>(step_.block)];
  const Window& window = descriptor_.window;
  const FeatureMap& input = descriptor_.input;
  // Runs move together only if positions are equally far apart in every channel block read.
  const RowSlot last = std::ranges::max(slots(), {}, &RowSlot::channel);
  const std::int64_t pitch = std::min(input.channel_block, input.channels);
  const std::int64_t ragged = input.channels % input.channel_block;
  const bool uniform =
      ragged == 0 || input.channels < input.channel_block ||
      (!descriptor_.streams && last.channel + last.count <= input.channels - ragged);
  std::int64_t inner_begin = 0;
  std::int64_t inner_end = 0;
  inner_columns(inner_begin, inner_end);
  const std::int64_t end = step_.vector_begin + step_.vectors;
  for (std::int64_t v = step_.vector_begin; v < end;) {
    const Position at = position(v);
    RequestGroup group;
    group.first = v;
    if (uniform) {
      const std::int64_t row_end = std::min(end, v + output.column_end - at.column);
      if (at.column >= inner_begin && at.column < inner_end) {
        group.count = std::min(row_end - v, inner_end - at.column);
      }
      group.shape = shape_at(at);
      group.step = window.stride_width * pitch;
      group.shift = at.image * image_pitch() + (at.row * window.stride_height * region.columns() +
                                                at.column * window.stride_width) *
                                                   pitch;
    }
    visit(group);
    v += group.count;
  }
}

void Im2colPattern::runs(const RequestGroup& group, std::vector<AccessRun>& runs) const {
  const Region& region = layout_.region();
  const Window& window = descriptor_.window;
  const FeatureMap& input = descriptor_.input;
  const Position at = position(group.first);
  for (const Piece& piece : pieces()) {
    const std::int64_t row = at.row * window.stride_height + piece.row;
    const std::int64_t column = at.column * window.stride_width + piece.column;
    if (row < 0 || row >= input.height || column < 0 || column >= input.width) continue;
    const std::int64_t offset =
        at.image * image_pitch() + piece.offset +
        ((row - region.row_begin) * region.columns() + column - region.column_begin) * piece.pitch;
    if (!runs.empty() && runs.back().offset + runs.back().bytes == offset) {
      runs.back().bytes += piece.bytes;
    } else {
      runs.push_back({offset, piece.bytes});
    }
  }
}

void Im2colPattern::append_signature(std::vector<std::int64_t>& signature) const {
  const Region& region = layout_.region();
  const Region& output = descriptor_.blocks[static_cast<std::size_t>(step_.block)];
  const Window& window = descriptor_.window;
  const FeatureMap& input = descriptor_.input;
  signature.insert(
      signature.end(),
      {step_.vector_begin,     step_.vectors,         output.row_begin,     output.row_end,
       output.column_begin,    output.column_end,     region.row_begin,     region.row_end,
       region.column_begin,    region.column_end,     input.height,         input.width,
       input.channels,         input.channel_block,   window.stride_height, window.stride_width,
       window.dilation_height, window.dilation_width, window.pad_top,       window.pad_left,
       window.kernel_height,   window.kernel_width,   group_size_});
  for (const RowSlot& slot : slots()) {
    signature.push_back(std::int64_t{slot.channel} << 16 | slot.count);
    signature.push_back(std::int64_t{slot.kernel_row} << 16 | slot.kernel_column);
    if (!descriptor_.streams) continue;
    for (std::int32_t i = 0; i < slot.count; ++i) {
      for (const StreamSource& source : descriptor_.streams->of_column(slot.channel + i)) {
        signature.insert(signature.end(),
                         {source.channel, source.kernel_row, source.kernel_column});
      }
    }
  }
}

}  // namespace systerm
