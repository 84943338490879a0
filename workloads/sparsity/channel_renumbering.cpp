// SPDX-License-Identifier: Apache-2.0
#include "workloads/sparsity/channel_renumbering.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "workloads/sparsity/reordering.h"

namespace systerm {
namespace {

bool reads(const Layer& layer, const std::vector<bool>& features) {
  return layer.gemm() != nullptr && layer.gemm()->groups == 1 &&
         features[index(layer.inputs.front())];
}

/// Columns are positions times channels, and each channel stands where its first column does.
ChannelOrder first_places(const ColumnGroups& groups, std::int64_t channels) {
  ColumnGroups by_channel(1);
  std::vector<bool> seen(static_cast<std::size_t>(channels), false);
  for (const auto& group : groups) {
    for (const std::int32_t column : group) {
      const auto channel = static_cast<std::int32_t>(column % channels);
      if (seen[static_cast<std::size_t>(channel)]) continue;
      seen[static_cast<std::size_t>(channel)] = true;
      by_channel.front().push_back(channel);
    }
  }
  return order_of_groups(by_channel, channels);
}

void reorder_filters(const ChannelOrder& order, QuantizedLayer& layer) {
  layer.weight_codes = reordered_rows<std::int16_t>(layer.weight_codes, order);
  if (layer.weight_scales.size() > 1) {
    layer.weight_scales = reordered_rows<float>(layer.weight_scales, order);
  }
  layer.sum_scale = reordered_rows<float>(layer.sum_scale, order);
  layer.bias = reordered_rows<float>(layer.bias, order);
  if (!layer.requantizer) return;
  ShiftRequantizer requantizer = *layer.requantizer;
  requantizer.bias = reordered_rows<std::int32_t>(requantizer.bias, order);
  layer.requantizer = std::make_shared<const ShiftRequantizer>(std::move(requantizer));
}

}  // namespace

std::vector<FeatureOrder> orders_of_groups(const Network& network) {
  std::vector<FeatureOrder> orders;
  std::vector<bool> ordered(network.features.size(), false);
  for (const Layer& layer : network.layers) {
    if (layer.gemm() == nullptr || !layer.gemm()->packed) continue;
    const FeatureId feature = layer.inputs.front();
    if (ordered[index(feature)] || reason_for_fixed_order(network, feature)) continue;
    const std::vector<bool> corresponding = corresponding_features(network, feature);
    for (std::size_t i = 0; i < ordered.size(); ++i) ordered[i] = ordered[i] || corresponding[i];
    const bool all_packed = std::ranges::all_of(network.layers, [&](const Layer& reader) {
      return !reads(reader, corresponding) || reader.gemm()->packed != nullptr;
    });
    if (!all_packed) continue;
    orders.push_back({feature, first_places(layer.gemm()->packed->groups,
                                            network.feature(feature).shape.channels)});
  }
  return orders;
}

QuantizedNetwork with_channel_orders(const QuantizedNetwork& quantized,
                                     std::span<const FeatureOrder> orders) {
  QuantizedNetwork result = quantized;
  Network network = *quantized.network;
  for (const auto& [feature, order] : orders) {
    network = with_channel_order(network, feature, order);
    const std::vector<bool> corresponding = corresponding_features(network, feature);
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
      const Layer& layer = network.layers[i];
      if (layer.gemm() == nullptr) continue;
      QuantizedLayer& integers = result.layers[i];
      if (corresponding[index(layer.output)]) reorder_filters(order, integers);
      if (reads(layer, corresponding)) {
        integers.weight_codes = reordered_columns<std::int16_t>(integers.weight_codes, order);
      }
    }
  }
  result.network = std::make_shared<const Network>(std::move(network));
  return result;
}

std::int64_t adjacent_groups(const PackedMatrix& packed, std::int64_t channels) {
  return std::ranges::count_if(packed.groups, [&](const std::vector<std::int32_t>& group) {
    for (std::size_t i = 1; i < group.size(); ++i) {
      if (group[i] != group[i - 1] + 1 || group[i] % channels == 0) return false;
    }
    return true;
  });
}

}  // namespace systerm
