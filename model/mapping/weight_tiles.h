// SPDX-License-Identifier: Apache-2.0
// Cuts the weights of a GEMM into tiles for the array. The group axis runs along the input channels
// at one kernel position. Groups of a grouped convolution share a tile, block diagonally, while the
// rows last.
#pragma once

#include <cstdint>
#include <vector>

#include "components/array/array_config.h"
#include "components/descriptors/layer_descriptor.h"

namespace systerm {

/// A GEMM as the array sees it; channels and filters over all convolution groups.
struct GemmExtents {
  std::int64_t groups = 1;
  std::int64_t channels = 1;
  std::int64_t filters = 1;
  std::int64_t kernel_height = 1;
  std::int64_t kernel_width = 1;
  bool is_second_operand = false;  ///< tiles hold a byte a value, not stored weights

  std::int64_t channels_per_group() const { return channels / groups; }
  std::int64_t filters_per_group() const { return filters / groups; }
};

/// Place of a tile in the contraction and in its output tile.
struct TilePlace {
  std::int32_t output_column = 0;  ///< output tile along the filters
  bool first_of_sum = false;       ///< first tile along the contraction
  bool last_of_sum = false;
};

struct TiledWeights {
  std::vector<RowSlot> slots;
  std::vector<WeightTile> tiles;    ///< in the order of their storage
  std::vector<TilePlace> places;    ///< by tile
  std::vector<OutputTile> columns;  ///< filter ranges of the output tiles; `block` is unused
  std::int64_t bytes = 0;
};

/// Filters begin .. end of a GEMM.
struct FilterRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// `alignment_bytes` is where tiles may start in memory. Filters and channels keep the numbers that
/// they have in the whole GEMM.
TiledWeights tile_weights(const GemmExtents& gemm, const FilterRange& filters,
                          const ArrayConfig& array, const Format& format,
                          std::int64_t alignment_bytes);
/// Of all filters.
TiledWeights tile_weights(const GemmExtents& gemm, const ArrayConfig& array, const Format& format,
                          std::int64_t alignment_bytes);

}  // namespace systerm
