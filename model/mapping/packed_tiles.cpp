// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/packed_tiles.h"

#include <algorithm>

#include "workloads/quantization/packed_codes.h"

namespace systerm {
namespace {

std::int64_t columns_of(const PackedMatrix& packed) {
  return std::max<std::int64_t>(packed.packed_columns(), 1);
}

/// Of one column of the contraction.
StreamSource source_of(const Gemm& gemm, std::int64_t column) {
  const std::int64_t channels = gemm.k / gemm.positions();
  StreamSource source{.channel = static_cast<std::int32_t>(column % channels)};
  if (!gemm.taps.empty()) {
    source.kernel_row = gemm.taps[static_cast<std::size_t>(column)].row;
    source.kernel_column = gemm.taps[static_cast<std::size_t>(column)].column;
    return source;
  }
  const std::int64_t position = column / channels;
  source.kernel_row = static_cast<std::int16_t>(position / gemm.window.kernel_width);
  source.kernel_column = static_cast<std::int16_t>(position % gemm.window.kernel_width);
  return source;
}

class PackedTiler {
 public:
  PackedTiler(const PackedMatrix& packed, const FilterRange& filters, const ArrayConfig& array,
              const Format& format, std::int64_t alignment)
      : packed_(packed),
        filters_(filters),
        array_(array),
        group_size_(format.parameters().group_size),
        cell_bits_(static_cast<std::int64_t>(format.weight_group_bits()) +
                   group_size_ * StreamTable{packed.alpha, {}}.select_bits()),
        alignment_(alignment) {}

  TiledWeights tile() {
    const std::int64_t depth = array_.rows * group_size_;
    for (std::int64_t begin = filters_.begin; begin < filters_.end; begin += array_.columns) {
      const std::int64_t end = std::min(begin + array_.columns, filters_.end);
      result_.columns.push_back({0, begin, end - begin});
      for (std::int64_t first = 0; first < columns_of(packed_); first += depth) {
        add_tile(begin, end, first, std::min(first + depth, columns_of(packed_)));
      }
    }
    return std::move(result_);
  }

 private:
  void add_tile(std::int64_t filter_begin, std::int64_t filter_end, std::int64_t first,
                std::int64_t last) {
    WeightTile tile;
    tile.first_slot = static_cast<std::int64_t>(result_.slots.size());
    tile.filter_begin = filter_begin;
    tile.columns = static_cast<std::int32_t>(filter_end - filter_begin);
    for (std::int64_t column = first; column < last; column += group_size_) {
      RowSlot slot;
      slot.channel = static_cast<std::int32_t>(column);
      slot.count = static_cast<std::int16_t>(std::min(group_size_, last - column));
      slot.column_count = static_cast<std::int16_t>(tile.columns);
      result_.slots.push_back(slot);
      ++tile.slots;
    }
    tile.group_pairs = std::int64_t{tile.slots} * tile.columns;
    tile.bytes = (tile.group_pairs * cell_bits_ + 7) / 8;
    tile.offset = result_.bytes;
    count_values(first, last, tile);
    result_.tiles.push_back(tile);
    result_.places.push_back({static_cast<std::int32_t>(result_.columns.size()) - 1, first == 0,
                              last == columns_of(packed_)});
    result_.bytes += (tile.bytes + alignment_ - 1) / alignment_ * alignment_;
  }

  void count_values(std::int64_t first, std::int64_t last, WeightTile& tile) const {
    const auto groups = static_cast<std::size_t>(packed_.packed_columns());
    std::vector<bool> selected(static_cast<std::size_t>(packed_.alpha));
    tile.unselected_values = tile.slots * group_size_ * packed_.alpha;
    for (auto group = static_cast<std::size_t>(first);
         group < std::min(static_cast<std::size_t>(last), groups); ++group) {
      std::fill(selected.begin(), selected.end(), false);
      for (std::int64_t f = tile.filter_begin; f < tile.filter_begin + tile.columns; ++f) {
        const std::size_t cell = static_cast<std::size_t>(f) * groups + group;
        if (packed_.values[cell] == 0.0F) continue;
        ++tile.products;
        selected[packed_.selects[cell]] = true;
      }
      tile.unselected_values -= std::count(selected.begin(), selected.end(), true);
    }
  }

  const PackedMatrix& packed_;
  const FilterRange filters_;
  const ArrayConfig& array_;
  const std::int64_t group_size_;
  const std::int64_t cell_bits_;
  const std::int64_t alignment_;
  TiledWeights result_;
};

}  // namespace

TiledWeights tile_packed_weights(const PackedMatrix& packed, const FilterRange& filters,
                                 const ArrayConfig& array, const Format& format,
                                 std::int64_t alignment_bytes) {
  return PackedTiler(packed, filters, array, format, alignment_bytes).tile();
}

StreamTable shifted_streams(const Gemm& gemm) {
  StreamTable table;
  for (std::int64_t column = 0; column < gemm.k; ++column) {
    table.sources.push_back(source_of(gemm, column));
  }
  return table;
}

StreamTable stream_table(const PackedMatrix& packed, const Gemm& gemm) {
  StreamTable table;
  table.streams = packed.alpha;
  table.sources.resize(static_cast<std::size_t>(columns_of(packed) * packed.alpha));
  for (std::size_t group = 0; group < packed.groups.size(); ++group) {
    StreamSource* source = &table.sources[group * static_cast<std::size_t>(packed.alpha)];
    for (const std::int32_t column : packed.groups[group]) *source++ = source_of(gemm, column);
  }
  return table;
}

void pack_tile(const PackedMatrix& packed, const LayerDescriptor& descriptor,
               const WeightTile& tile, const QuantizedLayer& layer, BitWriter& writer) {
  const unsigned select_bits = descriptor.streams->select_bits();
  const std::size_t k = packed.columns;
  const auto group_size = static_cast<std::size_t>(descriptor.settings.group_size);
  const std::size_t groups = packed.groups.size();
  std::vector<std::int16_t> codes;
  for (std::int64_t row = tile.first_slot; row < tile.first_slot + tile.slots; ++row) {
    const RowSlot& slot = descriptor.slots[static_cast<std::size_t>(row)];
    const auto first = static_cast<std::size_t>(slot.channel);
    for (std::int64_t column = 0; column < slot.column_count; ++column) {
      const auto filter = static_cast<std::size_t>(tile.filter_begin + column);
      codes.assign(static_cast<std::size_t>(slot.count), 0);
      const std::size_t held = std::min(codes.size(), groups - std::min(first, groups));
      gather_packed_codes(packed, filter, first,
                          std::span(layer.weight_codes).subspan(filter * k, k),
                          std::span(codes).first(held));
      layer.format->pack_weights(codes, writer);
      for (std::size_t i = 0; i < group_size; ++i) {
        writer.write(i < held ? packed.selects[filter * groups + first + i] : 0, select_bits);
      }
    }
  }
}

}  // namespace systerm
