// SPDX-License-Identifier: Apache-2.0
// Where the elements of a rearranged or looked-up output tile lie in memory.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "components/descriptors/layer_descriptor.h"

namespace systerm {

struct SourceElement {
  std::size_t operand = 0;
  std::uint64_t address = 0;
};

/// Of element `element` of the output, counted over image, row, column, channel; nothing for a
/// zero that no operand holds.
std::optional<SourceElement> source_element(const LayerDescriptor& layer, std::int64_t element);

/// Number of the first channel of a position of the output.
std::int64_t first_element(const FeatureMap& output, std::int64_t image, std::int64_t row,
                           std::int64_t column);

/// Bytes that come from memory for an output tile. A block is never empty: where all is zero, one
/// byte is read all the same.
std::int64_t rearranged_bytes(const LayerDescriptor& layer, const OutputTile& tile);

/// Appends their runs: position by position, channel by channel; neighbours are joined.
void append_rearranged(const LayerDescriptor& layer, const OutputTile& tile,
                       std::vector<MemoryRun>& runs);

/// The numbers that choose the table's rows for an output tile.
Region lookup_numbers(const LayerDescriptor& layer, const OutputTile& tile);

void append_table_row(const FeatureMap& table, std::int64_t row, std::vector<MemoryRun>& runs);

}  // namespace systerm
