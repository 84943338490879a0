// SPDX-License-Identifier: Apache-2.0
// From a network with its precisions to the descriptors that the units of a design walk through.
#pragma once

#include <memory>
#include <vector>

#include "components/descriptors/fidelity.h"
#include "components/descriptors/layer_descriptor.h"
#include "model/design/design.h"
#include "model/design/experiment.h"
#include "model/mapping/memory_layout.h"
#include "workloads/quantization/quantized_network.h"

namespace systerm {

/// What one core does of one layer.
struct CoreLayer {
  std::size_t layer = 0;  ///< position in Network::layers
  std::shared_ptr<const LayerDescriptor> descriptor;
  std::uint64_t weight_address = 0;
};

struct MappedNetwork {
  std::vector<std::vector<CoreLayer>> cores;  ///< by core, in the order of the network
  MemoryLayout memory;
};

/// What each core that has a share of layer `layer` does of it, in the order of the cores.
std::vector<CoreLayer> shares_of(const MappedNetwork& mapped, std::size_t layer);

/// Throws MappingError with every layer that does not fit, or that the cell of the array refuses.
MappedNetwork map_network(const Design& design, const QuantizedNetwork& network,
                          const std::vector<MappingRule>& rules);

}  // namespace systerm
