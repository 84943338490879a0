// SPDX-License-Identifier: Apache-2.0
#include "components/descriptors/rearrangement.h"

namespace systerm {

namespace {

/// Calls visit(source element) for every element of the tile that an operand holds.
template <typename Visit>
void visit_sources(const LayerDescriptor& layer, const OutputTile& tile, Visit visit) {
  const Region region = layer.output_region(tile);
  for (std::int64_t image = region.image_begin; image < region.image_end; ++image) {
    for (std::int64_t row = region.row_begin; row < region.row_end; ++row) {
      for (std::int64_t column = region.column_begin; column < region.column_end; ++column) {
        const std::int64_t first = first_element(layer.output, image, row, column);
        for (std::int64_t c = region.channel_begin; c < region.channel_end; ++c) {
          if (const auto source = source_element(layer, first + c)) visit(*source);
        }
      }
    }
  }
}

void append_element(std::vector<MemoryRun>& runs, std::uint64_t address, std::uint64_t bytes) {
  if (!runs.empty() && runs.back().address + runs.back().bytes == address) {
    runs.back().bytes += bytes;
  } else {
    runs.push_back({address, bytes});
  }
}

}  // namespace

std::int64_t first_element(const FeatureMap& output, std::int64_t image, std::int64_t row,
                           std::int64_t column) {
  return ((image * output.height + row) * output.width + column) * output.channels;
}

std::optional<SourceElement> source_element(const LayerDescriptor& layer, std::int64_t element) {
  std::int64_t from = (*layer.program.source_elements)[static_cast<std::size_t>(element)];
  if (from < 0) return std::nullopt;
  std::size_t operand = 0;
  const auto elements = [](const FeatureMap& map) { return map.bytes() / map.element_bytes; };
  while (from >= elements(layer.operands[operand])) from -= elements(layer.operands[operand++]);
  const FeatureMap& map = layer.operands[operand];
  const std::int64_t position = from / map.channels;
  const std::int64_t offset =
      RegionLayout(map, map.whole())
          .offset(position / (map.width * map.height), position / map.width % map.height,
                  position % map.width, from % map.channels);
  return SourceElement{operand,
                       map.address + static_cast<std::uint64_t>(offset * map.element_bytes)};
}

std::int64_t rearranged_bytes(const LayerDescriptor& layer, const OutputTile& tile) {
  std::int64_t bytes = 0;
  visit_sources(layer, tile, [&](const SourceElement& source) {
    bytes += layer.operands[source.operand].element_bytes;
  });
  return std::max<std::int64_t>(bytes, 1);
}

void append_rearranged(const LayerDescriptor& layer, const OutputTile& tile,
                       std::vector<MemoryRun>& runs) {
  const std::size_t before = runs.size();
  visit_sources(layer, tile, [&](const SourceElement& source) {
    append_element(runs, source.address,
                   static_cast<std::uint64_t>(layer.operands[source.operand].element_bytes));
  });
  if (runs.size() == before) runs.push_back({layer.operands.front().address, 1});
}

Region lookup_numbers(const LayerDescriptor& layer, const OutputTile& tile) {
  Region region = layer.output_region(tile);
  region.channel_begin = 0;
  region.channel_end = 1;
  return region;
}

void append_table_row(const FeatureMap& table, std::int64_t row, std::vector<MemoryRun>& runs) {
  append_runs(table, {0, 1, 0, 1, row, row + 1, 0, table.channels}, runs);
}

}  // namespace systerm
