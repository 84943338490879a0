// SPDX-License-Identifier: Apache-2.0
#include "components/descriptors/layer_descriptor.h"

#include <algorithm>

namespace systerm {

namespace {

/// Input rows (or columns) under the windows of output rows begin .. end, clipped to the input.
void clip_window(std::int64_t begin, std::int64_t end, std::int64_t kernel, std::int64_t stride,
                 std::int64_t dilation, std::int64_t pad, std::int64_t size,
                 std::int64_t& input_begin, std::int64_t& input_end) {
  input_begin = std::clamp<std::int64_t>(begin * stride - pad, 0, size);
  input_end = std::clamp<std::int64_t>((end - 1) * stride - pad + (kernel - 1) * dilation + 1,
                                       input_begin, size);
}

Region window_region(const Window& window, const FeatureMap& input, const Region& block) {
  Region region = input.whole();
  region.image_begin = block.image_begin;
  region.image_end = block.image_end;
  clip_window(block.row_begin, block.row_end, window.kernel_height, window.stride_height,
              window.dilation_height, window.pad_top, input.height, region.row_begin,
              region.row_end);
  clip_window(block.column_begin, block.column_end, window.kernel_width, window.stride_width,
              window.dilation_width, window.pad_left, input.width, region.column_begin,
              region.column_end);
  return region;
}

}  // namespace

Region LayerDescriptor::input_region(const Region& block) const {
  return window_region(window, input, block);
}

Region LayerDescriptor::operand_region(std::size_t operand, const OutputTile& tile) const {
  using Source = VectorProgram::Source;
  const FeatureMap& map = operands[operand];
  const Region& block = blocks[static_cast<std::size_t>(tile.block)];
  if (operand == 0) {
    switch (program.source) {
      case Source::kSums:
        return {};
      case Source::kMaximum:
      case Source::kAverage:
        return window_region(program.window, map, block);
      case Source::kPass:
      case Source::kConcatenation:
      case Source::kSoftmax:
        break;
    }
  }
  Region region = block;
  region.channel_begin = 0;
  region.channel_end = map.channels;
  if (program.source == Source::kConcatenation) return region;
  if (map.height == 1 && map.width == 1) {
    region.row_begin = region.column_begin = 0;
    region.row_end = region.column_end = 1;
  }
  if (map.channels > 1 && program.source == Source::kSums) {
    region.channel_begin = tile.filter_begin;
    region.channel_end = tile.filter_begin + tile.filters;
  }
  return region;
}

Region LayerDescriptor::output_region(const OutputTile& tile) const {
  Region region = blocks[static_cast<std::size_t>(tile.block)];
  region.channel_begin = tile.filter_begin;
  region.channel_end = tile.filter_begin + tile.filters;
  return region;
}

bool LayerDescriptor::uses_operands() const {
  if (program.source != VectorProgram::Source::kSums) return true;
  return std::ranges::any_of(
      program.steps, [](const PostStep& step) { return step.kind != PostStep::Kind::kActivation; });
}

}  // namespace systerm
