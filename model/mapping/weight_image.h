// SPDX-License-Identifier: Apache-2.0
// The weights of a layer as memory holds them.
#pragma once

#include <vector>

#include "components/descriptors/layer_descriptor.h"
#include "workloads/quantization/quantized_network.h"

namespace systerm {

/// Packs the weights of one layer in the order of its tiles: what memory holds from
/// CoreLayer::weight_address on (mapper.h). The layer must carry weight codes.
std::vector<unsigned char> pack_layer_weights(const LayerDescriptor& descriptor, const Gemm& gemm,
                                              const QuantizedLayer& layer);

}  // namespace systerm
