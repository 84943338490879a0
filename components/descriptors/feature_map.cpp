// SPDX-License-Identifier: Apache-2.0
#include "components/descriptors/feature_map.h"

namespace systerm {

namespace {

void append(std::vector<MemoryRun>& runs, std::uint64_t address, std::int64_t bytes) {
  if (!runs.empty() && runs.back().address + runs.back().bytes == address) {
    runs.back().bytes += static_cast<std::uint64_t>(bytes);
  } else {
    runs.push_back({address, static_cast<std::uint64_t>(bytes)});
  }
}

}  // namespace

void append_runs(const FeatureMap& map, const Region& region, std::vector<MemoryRun>& runs) {
  for (std::int64_t image = region.image_begin; image < region.image_end; ++image) {
    const std::int64_t image_base = image * map.height * map.width * map.channels;
    for (std::int64_t begin = region.channel_begin; begin < region.channel_end;) {
      const std::int64_t block = begin / map.channel_block;
      const std::int64_t block_begin = block * map.channel_block;
      const std::int64_t block_end = std::min(block_begin + map.channel_block, map.channels);
      const std::int64_t end = std::min(block_end, region.channel_end);
      const std::int64_t block_width = block_end - block_begin;
      const std::int64_t base = image_base + block_begin * map.height * map.width;
      const auto at = [&](std::int64_t row, std::int64_t column) {
        return map.address +
               static_cast<std::uint64_t>(
                   (base + (row * map.width + column) * block_width + (begin - block_begin)) *
                   map.element_bytes);
      };
      const bool whole_block = begin == block_begin && end == block_end;
      const bool whole_rows = region.column_begin == 0 && region.column_end == map.width;
      const std::int64_t piece = (end - begin) * map.element_bytes;
      if (whole_block && whole_rows) {
        append(runs, at(region.row_begin, 0), region.rows() * map.width * piece);
      } else {
        for (std::int64_t row = region.row_begin; row < region.row_end; ++row) {
          if (whole_block) {
            append(runs, at(row, region.column_begin), region.columns() * piece);
            continue;
          }
          for (std::int64_t column = region.column_begin; column < region.column_end; ++column) {
            append(runs, at(row, column), piece);
          }
        }
      }
      begin = end;
    }
  }
}

}  // namespace systerm
