// SPDX-License-Identifier: Apache-2.0
// Where the cycles of every layer of every point went, in blocks that a page unpacks one by one.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/exploration/sweep_table.h"

namespace systerm {

/// Few enough to unpack at once, and enough to compress well.
inline constexpr std::size_t kPointsPerLayerBlock = 64;

/// For each block of points a packed JSON array, an item a point: null, or {"layers": names,
/// "causes": `busy` and the stalls that there are, "cycles": a list a cause of cycles by layer}.
std::vector<std::string> layer_blocks(const LayerTable& layers, std::size_t points);

}  // namespace systerm
