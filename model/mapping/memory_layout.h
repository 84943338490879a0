// SPDX-License-Identifier: Apache-2.0
// Places every activation and all weights of a network in the modelled memory.
#pragma once

#include <cstdint>
#include <vector>

#include "components/descriptors/feature_map.h"
#include "workloads/quantization/quantized_network.h"

namespace systerm {

struct MemoryLayout {
  std::vector<FeatureMap> features;             ///< by FeatureId
  std::vector<std::uint64_t> weight_addresses;  ///< in the order they were asked for
  std::uint64_t bytes = 0;                      ///< of everything
};

/// `channel_blocks`: by feature, the number of channels that lie together.
MemoryLayout lay_out_memory(const QuantizedNetwork& network,
                            const std::vector<std::int64_t>& channel_blocks,
                            const std::vector<std::int64_t>& weight_bytes);

/// Input of a GEMM layer as its address generator sees it: a linear layer reads a spatial feature
/// as the channels of a single position.
FeatureMap gemm_input_map(const Layer& layer, const Network& network, const FeatureMap& map);

}  // namespace systerm
