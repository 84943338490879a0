// SPDX-License-Identifier: Apache-2.0
// Chooses how one GEMM layer runs on the array: block of vectors, block of weights, loop order; the
// choice with the least memory traffic that fits the buffers, exposed first loads and last stores
// included.
#pragma once

#include <string>
#include <vector>

#include "components/descriptors/layer_descriptor.h"
#include "model/design/design.h"
#include "model/design/experiment.h"
#include "model/mapping/weight_tiles.h"

namespace systerm {

/// Fills blocks, loads, steps and outputs of `descriptor`, whose format, maps, window and program
/// are set. `weight_address` is where the tiles lie. Appends what does not fit to `problems` and
/// returns false.
bool map_gemm(const Design& design, const MappingRule& rule, const TiledWeights& weights,
              std::uint64_t weight_address, std::int64_t beat_cycles, LayerDescriptor& descriptor,
              std::vector<std::string>& problems);

/// The same for a layer of the vector unit alone, in enough blocks that each of `cores` has some.
bool map_vector_layer(const Design& design, std::int64_t cores, LayerDescriptor& descriptor,
                      std::vector<std::string>& problems);

}  // namespace systerm
