// SPDX-License-Identifier: Apache-2.0
// Where an activation lies in memory. Channels are cut into blocks; memory order is image, channel
// block, row, column, channel inside the block, so that the part of it that one tile makes or takes
// is contiguous.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "components/arithmetic/code_range.h"

namespace systerm {

/// Half-open ranges of an activation.
struct Region {
  std::int64_t image_begin = 0;
  std::int64_t image_end = 0;
  std::int64_t row_begin = 0;
  std::int64_t row_end = 0;
  std::int64_t column_begin = 0;
  std::int64_t column_end = 0;
  std::int64_t channel_begin = 0;
  std::int64_t channel_end = 0;

  std::int64_t images() const { return image_end - image_begin; }
  std::int64_t rows() const { return row_end - row_begin; }
  std::int64_t columns() const { return column_end - column_begin; }
  std::int64_t channels() const { return channel_end - channel_begin; }
  /// Positions in image, row and column.
  std::int64_t positions() const { return images() * rows() * columns(); }
  std::int64_t elements() const { return positions() * channels(); }

  friend bool operator==(const Region&, const Region&) = default;
};

/// What stored bytes of training are, to account for them apart.
enum class RunContent : std::uint8_t { kWords, kMantissas, kExponents };
inline constexpr std::size_t kRunContents = 3;

struct MemoryRun {
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;
  RunContent content = RunContent::kWords;
};

struct FeatureMap {
  std::uint64_t address = 0;
  std::int64_t images = 1;
  std::int64_t height = 1;
  std::int64_t width = 1;
  std::int64_t channels = 1;
  std::int64_t channel_block = 1;
  std::int64_t element_bytes = 1;  ///< 1 or 4
  bool is_signed = true;           ///< of one-byte elements; wider ones are signed
  float scale = 1.0F;
  std::int32_t limit = 127;
  std::optional<CodeRange> range{};  ///< of one-byte elements that are not symmetric about 0

  /// Code of a one-byte element.
  std::int32_t code(unsigned char byte) const {
    if (range) return range->from_byte(byte);
    return is_signed ? static_cast<std::int8_t>(byte) : byte;
  }
  Region whole() const { return {0, images, 0, height, 0, width, 0, channels}; }
  std::int64_t bytes() const { return images * height * width * channels * element_bytes; }
};

/// Appends the contiguous pieces of `region`, in memory order; neighbours are joined.
void append_runs(const FeatureMap& map, const Region& region, std::vector<MemoryRun>& runs);

/// Position of elements of a region inside a block that holds just that region in memory order.
class RegionLayout {
 public:
  RegionLayout(const FeatureMap& map, const Region& region)
      : region_(region), channel_block_(map.channel_block) {}

  /// Offset in elements. A channel's neighbours up to the end of its channel block follow it
  /// directly.
  std::int64_t offset(std::int64_t image, std::int64_t row, std::int64_t column,
                      std::int64_t channel) const {
    const std::int64_t block_begin =
        std::max(channel / channel_block_ * channel_block_, region_.channel_begin);
    const std::int64_t block_end =
        std::min((channel / channel_block_ + 1) * channel_block_, region_.channel_end);
    const std::int64_t positions = region_.rows() * region_.columns();
    return (image - region_.image_begin) * positions * region_.channels() +
           (block_begin - region_.channel_begin) * positions +
           ((row - region_.row_begin) * region_.columns() + (column - region_.column_begin)) *
               (block_end - block_begin) +
           (channel - block_begin);
  }
  const Region& region() const { return region_; }

 private:
  Region region_;
  std::int64_t channel_block_;
};

}  // namespace systerm
