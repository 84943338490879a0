// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/weight_tiles.h"

#include <algorithm>

#include "components/arithmetic/ceil_div.h"

namespace systerm {

namespace {

class Tiler {
 public:
  Tiler(const GemmExtents& gemm, const FilterRange& filters, const ArrayConfig& array,
        const Format& format, std::int64_t alignment)
      : gemm_(gemm),
        filters_(filters),
        array_(array),
        group_size_(format.parameters().group_size),
        group_bits_(static_cast<std::int64_t>(format.weight_group_bits())),
        alignment_(alignment) {}

  TiledWeights tile() {
    result_.slots.reserve(static_cast<std::size_t>(slots_in_all()));
    for (std::int64_t begin = filters_.begin; begin < filters_.end; begin += array_.columns) {
      const std::int64_t end = std::min(begin + array_.columns, filters_.end);
      result_.columns.push_back({0, begin, end - begin});
      tile_output(begin, end);
    }
    return std::move(result_);
  }

 private:
  /// Every output tile has the slots of each group that it takes filters of.
  std::int64_t slots_in_all() const {
    const std::int64_t per_group = gemm_.filters_per_group();
    std::int64_t groups = 0;
    for (std::int64_t begin = filters_.begin; begin < filters_.end; begin += array_.columns) {
      const std::int64_t last = std::min(begin + array_.columns, filters_.end) - 1;
      groups += last / per_group - begin / per_group + 1;
    }
    const std::int64_t channels = gemm_.channels_per_group();
    return groups * gemm_.kernel_height * gemm_.kernel_width * ceil_div(channels, group_size_);
  }

  void tile_output(std::int64_t begin, std::int64_t end) {
    const std::int64_t per_group = gemm_.filters_per_group();
    for (std::int64_t group = begin / per_group; group * per_group < end; ++group) {
      const std::int64_t first = std::max(begin, group * per_group);
      const std::int64_t last = std::min(end, (group + 1) * per_group);
      const std::vector<RowSlot> slots = group_slots(group);
      const auto rows = static_cast<std::int64_t>(slots.size());
      const bool fits = open_ && open_rows_ + rows <= array_.rows;
      if (!fits) close();
      if (rows <= array_.rows) {
        append(slots, first, last);
        continue;
      }
      for (std::int64_t row = 0; row < rows; row += array_.rows) {
        const std::int64_t row_end = std::min(row + array_.rows, rows);
        append({slots.begin() + row, slots.begin() + row_end}, first, last);
        first_of_sum_ = row == 0;
        last_of_sum_ = row_end == rows;
        close();
      }
    }
    close();
  }

  std::vector<RowSlot> group_slots(std::int64_t group) const {
    std::vector<RowSlot> slots;
    const std::int64_t channels = gemm_.channels_per_group();
    for (std::int64_t y = 0; y < gemm_.kernel_height; ++y) {
      for (std::int64_t x = 0; x < gemm_.kernel_width; ++x) {
        for (std::int64_t c = 0; c < channels; c += group_size_) {
          RowSlot slot;
          slot.channel = static_cast<std::int32_t>(group * channels + c);
          slot.kernel_row = static_cast<std::int16_t>(y);
          slot.kernel_column = static_cast<std::int16_t>(x);
          slot.count = static_cast<std::int16_t>(std::min(group_size_, channels - c));
          slots.push_back(slot);
        }
      }
    }
    return slots;
  }

  void append(const std::vector<RowSlot>& slots, std::int64_t first_filter,
              std::int64_t last_filter) {
    if (!open_) {
      open_ = true;
      open_rows_ = 0;
      first_of_sum_ = last_of_sum_ = true;
      current_ = {};
      current_.first_slot = static_cast<std::int64_t>(result_.slots.size());
      current_.filter_begin = first_filter;
    }
    for (RowSlot slot : slots) {
      slot.column_begin = static_cast<std::int16_t>(first_filter - current_.filter_begin);
      slot.column_count = static_cast<std::int16_t>(last_filter - first_filter);
      current_.group_pairs += slot.column_count;
      current_.products += std::int64_t{slot.column_count} * slot.count;
      result_.slots.push_back(slot);
    }
    open_rows_ += static_cast<std::int64_t>(slots.size());
    current_.slots = static_cast<std::int32_t>(open_rows_);
    current_.columns = static_cast<std::int32_t>(last_filter - current_.filter_begin);
  }

  void close() {
    if (!open_) return;
    open_ = false;
    const std::int64_t bytes =
        gemm_.is_second_operand ? current_.products : (current_.group_pairs * group_bits_ + 7) / 8;
    current_.bytes = bytes;
    current_.offset = result_.bytes;
    result_.tiles.push_back(current_);
    result_.places.push_back(
        {static_cast<std::int32_t>(result_.columns.size()) - 1, first_of_sum_, last_of_sum_});
    // Nothing is stored for a second operand, so nothing is aligned.
    const std::int64_t alignment = gemm_.is_second_operand ? 1 : alignment_;
    result_.bytes += (bytes + alignment - 1) / alignment * alignment;
  }

  const GemmExtents& gemm_;
  const FilterRange filters_;
  const ArrayConfig& array_;
  const std::int64_t group_size_;
  const std::int64_t group_bits_;
  const std::int64_t alignment_;
  TiledWeights result_;
  WeightTile current_;
  bool open_ = false;
  bool first_of_sum_ = true;
  bool last_of_sum_ = true;
  std::int64_t open_rows_ = 0;
};

}  // namespace

TiledWeights tile_weights(const GemmExtents& gemm, const FilterRange& filters,
                          const ArrayConfig& array, const Format& format,
                          std::int64_t alignment_bytes) {
  return Tiler(gemm, filters, array, format, alignment_bytes).tile();
}

TiledWeights tile_weights(const GemmExtents& gemm, const ArrayConfig& array, const Format& format,
                          std::int64_t alignment_bytes) {
  return tile_weights(gemm, {0, gemm.filters}, array, format, alignment_bytes);
}

}  // namespace systerm
