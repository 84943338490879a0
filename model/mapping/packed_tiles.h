// SPDX-License-Identifier: Apache-2.0
// Cuts the weights of a packed layer into tiles for the array: rows of cells hold packed columns,
// columns of cells filters, as without packing.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "components/descriptors/stream_table.h"
#include "model/mapping/weight_tiles.h"
#include "workloads/network/network.h"
#include "workloads/quantization/quantized_network.h"

namespace systerm {

/// A layer without a nonzero weight takes one packed column, of zeros, since its results must leave
/// the array. Groups are those of the whole matrix, whatever the range of filters.
TiledWeights tile_packed_weights(const PackedMatrix& packed, const FilterRange& filters,
                                 const ArrayConfig& array, const Format& format,
                                 std::int64_t alignment_bytes);

/// Where the streams of the packed columns come from.
StreamTable stream_table(const PackedMatrix& packed, const Gemm& gemm);

/// The same for a shift convolution that is not packed: a stream a channel.
StreamTable shifted_streams(const Gemm& gemm);

/// Appends the weights of one tile as memory holds them: for every row and filter one slot of the
/// format, then a select for each of its values.
void pack_tile(const PackedMatrix& packed, const LayerDescriptor& descriptor,
               const WeightTile& tile, const QuantizedLayer& layer, BitWriter& writer);

}  // namespace systerm
