// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/memory_layout.h"

#include "workloads/execution/gemm_geometry.h"

namespace systerm {

namespace {

constexpr std::uint64_t kPageBytes = 4096;

std::uint64_t align(std::uint64_t address) {
  return (address + kPageBytes - 1) / kPageBytes * kPageBytes;
}

bool flattens(const Layer& layer, const Network& network) {
  const Gemm* gemm = layer.gemm();
  if (gemm == nullptr) return false;
  const FeatureShape& shape = network.feature(layer.inputs.front()).shape;
  return gemm_input_shape(*gemm, shape, layer.name).channels != shape.channels;
}

}  // namespace

MemoryLayout lay_out_memory(const QuantizedNetwork& network,
                            const std::vector<std::int64_t>& channel_blocks,
                            const std::vector<std::int64_t>& weight_bytes) {
  const Network& graph = *network.network;
  MemoryLayout layout;
  for (std::size_t i = 0; i < graph.features.size(); ++i) {
    const FeatureShape& shape = graph.features[i].shape;
    const FeatureQuantization& storage = network.features[i];
    FeatureMap map;
    map.address = layout.bytes;
    map.images = shape.images;
    map.height = shape.height;
    map.width = shape.width;
    map.channels = shape.channels;
    map.channel_block = channel_blocks[i];
    map.element_bytes = storage.bytes();
    map.is_signed = storage.is_signed;
    map.scale = storage.scale;
    map.limit = storage.limit;
    map.range = storage.range;
    layout.bytes = align(layout.bytes + static_cast<std::uint64_t>(map.bytes()));
    layout.features.push_back(map);
  }
  for (const Layer& layer : graph.layers) {
    // A flattened feature must lie position by position, all channels together.
    if (flattens(layer, graph)) {
      FeatureMap& map = layout.features[index(layer.inputs.front())];
      map.channel_block = map.channels;
    }
    // A row of a lookup table lies together.
    if (std::holds_alternative<Lookup>(layer.operation)) {
      FeatureMap& table = layout.features[index(layer.inputs[1])];
      table.channel_block = table.channels;
    }
  }
  for (const std::int64_t bytes : weight_bytes) {
    layout.weight_addresses.push_back(layout.bytes);
    layout.bytes = align(layout.bytes + static_cast<std::uint64_t>(bytes));
  }
  return layout;
}

FeatureMap gemm_input_map(const Layer& layer, const Network& network, const FeatureMap& map) {
  const FeatureShape shape =
      gemm_input_shape(*layer.gemm(), network.feature(layer.inputs.front()).shape, layer.name);
  FeatureMap input = map;
  input.images = shape.images;
  input.height = shape.height;
  input.width = shape.width;
  if (input.channels != shape.channels) input.channel_block = shape.channels;
  input.channels = shape.channels;
  return input;
}

}  // namespace systerm
