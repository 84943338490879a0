// SPDX-License-Identifier: Apache-2.0
// What the lanes compute for one output tile, and how many passes over the words that takes.
// Definitions of the single operations: components/arithmetic/vector_operations.h.
#pragma once

#include <cstdint>
#include <span>

#include "components/arithmetic/vector_operation_counts.h"
#include "components/descriptors/layer_descriptor.h"

namespace systerm {

/// Passes of every result word through a lane: one for the source (one an element under the window
/// for pooling, three for softmax: largest, sum, quotient) and one for each further operand.
std::int64_t vector_passes(const LayerDescriptor& layer);

/// For the result words of an output tile: source, further operands, activations and
/// requantization (one multiplication and one comparison a word). Padding under a window counts.
VectorOperations vector_operations(const LayerDescriptor& layer, const OutputTile& tile);

/// Of one value of the function.
VectorOperations activation_operations(ActivationFunction function);

/// `sums` is [positions][filters] for a layer with a GEMM, else empty; `operands` holds the regions
/// of all operands one after the other; `results` takes the output region in memory order.
void run_vector_program(const LayerDescriptor& layer, const OutputTile& tile,
                        std::span<const std::int32_t> sums, std::span<const unsigned char> operands,
                        std::span<unsigned char> results);

}  // namespace systerm
