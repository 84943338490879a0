// SPDX-License-Identifier: Apache-2.0
#include "components/descriptors/layer_descriptor.h"

#include <algorithm>

#include "components/descriptors/rearrangement.h"

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

std::int64_t LayerDescriptor::output_sums(std::size_t tile) const {
  if (listed) return listed->tiles[tile].sums;
  const OutputTile& described = outputs[tile];
  return blocks[static_cast<std::size_t>(described.block)].positions() * described.filters;
}

Region LayerDescriptor::input_region(const Region& block) const {
  return window_region(window, input, block);
}

Region LayerDescriptor::operand_region(std::size_t operand, const OutputTile& tile) const {
  using Source = VectorProgram::Source;
  const FeatureMap& map = operands[operand];
  const Region& block = blocks[static_cast<std::size_t>(tile.block)];
  // Elements or rows from anywhere; see rearrangement.h.
  if (program.source == Source::kRearranged) return {};
  if (program.source == Source::kLookup && operand < 2) return {};
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
      case Source::kRow:
      case Source::kLookup:
      case Source::kRearranged:
        break;
    }
  }
  // The weight loader takes the second operand.
  if (operand == 1 && second) return {};
  Region region = block;
  if (map.images == 1) {
    region.image_begin = 0;
    region.image_end = 1;
  }
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

std::int64_t LayerDescriptor::operand_bytes(const OutputTile& tile) const {
  using Source = VectorProgram::Source;
  if (program.source == Source::kRearranged) return rearranged_bytes(*this, tile);
  std::int64_t bytes = 0;
  if (program.source == Source::kLookup) {
    bytes = output_region(tile).elements() * operands[1].element_bytes;
  }
  for (std::size_t operand = 0; operand < operands.size(); ++operand) {
    bytes += operand_region(operand, tile).elements() * operands[operand].element_bytes;
  }
  return bytes;
}

std::vector<Region> LayerDescriptor::second_operand_regions(const WeightTile& tile,
                                                            std::int64_t image) const {
  std::vector<Region> regions;
  const std::int64_t tile_end = tile.first_slot + tile.slots;
  for (std::int64_t first = tile.first_slot; first < tile_end;) {
    // Slots of one group follow each other and feed the same columns.
    const RowSlot& begin = slots[static_cast<std::size_t>(first)];
    const std::int64_t group = begin.channel / second->k;
    std::int64_t last = first;
    while (last + 1 < tile_end &&
           slots[static_cast<std::size_t>(last + 1)].channel / second->k == group) {
      ++last;
    }
    const RowSlot& end = slots[static_cast<std::size_t>(last)];
    const std::int64_t k_begin = begin.channel - group * second->k;
    const std::int64_t k_end = end.channel + end.count - group * second->k;
    const std::int64_t n_begin = tile.filter_begin + begin.column_begin - group * second->n;
    const std::int64_t n_end = n_begin + begin.column_count;
    const std::int64_t shared_group = group / second->sharing;
    Region region{image, image + 1, 0, 1, 0, 0, 0, 0};
    if (second->sums_positions) {
      region.column_begin = k_begin;
      region.column_end = k_end;
      region.channel_begin = shared_group * second->n + n_begin;
      region.channel_end = shared_group * second->n + n_end;
    } else {
      region.column_begin = n_begin;
      region.column_end = n_end;
      region.channel_begin = shared_group * second->k + k_begin;
      region.channel_end = shared_group * second->k + k_end;
    }
    regions.push_back(region);
    first = last + 1;
  }
  return regions;
}

bool LayerDescriptor::uses_operands() const {
  if (listed) return !listed->tiles_with_operands.empty();
  if (program.source != VectorProgram::Source::kSums) return true;
  return std::ranges::any_of(
      program.steps, [](const PostStep& step) { return step.kind != PostStep::Kind::kActivation; });
}

}  // namespace systerm
