// SPDX-License-Identifier: Apache-2.0
#include "workloads/sparsity/channel_permutation.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include <fmt/format.h>

#include "workloads/sparsity/reordering.h"

namespace systerm {
namespace {

std::size_t size(std::int64_t value) { return static_cast<std::size_t>(value); }

bool is_channel_by_channel(const Gemm& gemm, const FeatureShape& input) {
  return gemm.groups > 1 && gemm.groups == input.channels && gemm.n == 1;
}

/// Features whose channels correspond one to one, as disjoint sets.
class ChannelSets {
 public:
  explicit ChannelSets(const Network& network)
      : network_(network), parent_(network.features.size()), reason_(network.features.size()) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
    for (const FeatureId id : network.inputs) fix(id, "an input of the network");
    for (const FeatureId id : network.outputs) fix(id, "an output of the network");
    for (const ConstantFeature& constant : network.constants) {
      fix(constant.feature, "a constant of the network");
    }
    for (const Layer& layer : network.layers) add(layer);
  }

  std::size_t root(FeatureId id) const {
    std::size_t at = index(id);
    while (parent_[at] != at) at = parent_[at];
    return at;
  }
  const std::string& reason(FeatureId id) const { return reason_[root(id)]; }

 private:
  void fix(FeatureId id, const std::string& reason) {
    std::string& known = reason_[root(id)];
    if (known.empty()) {
      known = fmt::format("feature '{}' is {}", network_.feature(id).name, reason);
    }
  }

  void fix_all(const Layer& layer, const std::string& what) {
    for (const FeatureId id : layer.inputs) {
      fix(id, fmt::format("read by '{}' ({})", layer.name, what));
    }
    fix(layer.output, fmt::format("made by '{}' ({})", layer.name, what));
  }

  void join(FeatureId a, FeatureId b) {
    const std::size_t from = root(b);
    const std::size_t to = root(a);
    if (reason_[to].empty()) reason_[to] = reason_[from];
    parent_[from] = to;
  }

  void add(const Layer& layer) {
    const FeatureId input = layer.inputs.front();
    const FeatureShape& shape = network_.feature(input).shape;
    if (const Gemm* gemm = layer.gemm()) {
      if (gemm->second) {
        fix_all(layer, "product of two activations");
      } else if (gemm->weights_of) {
        fix_all(layer, "layer with weights of another");
        fix_all(network_.layers[*gemm->weights_of], "layer whose weights are used twice");
      } else if (is_channel_by_channel(*gemm, shape)) {
        join(input, layer.output);
      } else if (gemm->groups > 1) {
        fix(input, fmt::format("read by the grouped convolution '{}'", layer.name));
        fix(layer.output, fmt::format("made by the grouped convolution '{}'", layer.name));
      }
    } else if (std::holds_alternative<Pool>(layer.operation) ||
               std::holds_alternative<Elementwise>(layer.operation)) {
      join(input, layer.output);
    } else {
      fix_all(layer, layer.type);
    }
    const std::int64_t channels = network_.feature(layer.output).shape.channels;
    for (const PostStep& step : layer.steps) {
      if (step.kind == PostStep::Kind::kActivation) continue;
      const FeatureId operand = layer.inputs[static_cast<std::size_t>(step.operand)];
      if (network_.feature(operand).shape.channels == channels) join(layer.output, operand);
    }
  }

  const Network& network_;
  std::vector<std::size_t> parent_;
  std::vector<std::string> reason_;
};

void reorder_filters(Gemm& gemm, const ChannelOrder& order) {
  if (!gemm.bias.empty()) gemm.bias = reordered_rows<float>(gemm.bias, order);
  if (gemm.weight_scales.size() > 1) {
    gemm.weight_scales = reordered_rows<float>(gemm.weight_scales, order);
  }
  if (gemm.weights) {
    gemm.weights =
        std::make_shared<const std::vector<float>>(reordered_rows<float>(*gemm.weights, order));
  }
  if (!gemm.packed) return;
  PackedMatrix packed = *gemm.packed;
  packed.values = reordered_rows<float>(packed.values, order);
  packed.selects = reordered_rows<std::uint8_t>(packed.selects, order);
  gemm.packed = std::make_shared<const PackedMatrix>(std::move(packed));
}

/// The contraction runs over positions, with the channels of each varying fastest.
void reorder_columns(Gemm& gemm, const ChannelOrder& order) {
  if (gemm.weights) {
    gemm.weights =
        std::make_shared<const std::vector<float>>(reordered_columns<float>(*gemm.weights, order));
  }
  if (!gemm.taps.empty()) gemm.taps = reordered_rows<ChannelTap>(gemm.taps, order);
  if (!gemm.packed) return;
  std::vector<std::int32_t> place(order.size());
  for (std::size_t c = 0; c < order.size(); ++c) {
    place[size(order[c])] = static_cast<std::int32_t>(c);
  }
  const auto channels = static_cast<std::int32_t>(order.size());
  PackedMatrix packed = *gemm.packed;
  for (auto& group : packed.groups) {
    for (std::int32_t& column : group) {
      column = column / channels * channels + place[size(column % channels)];
    }
  }
  gemm.packed = std::make_shared<const PackedMatrix>(std::move(packed));
}

void check_order(const ChannelOrder& order, const Feature& feature) {
  ChannelOrder sorted = order;
  std::ranges::sort(sorted);
  bool is_permutation = sorted.size() == size(feature.shape.channels);
  for (std::size_t c = 0; c < sorted.size() && is_permutation; ++c) {
    is_permutation = sorted[c] == static_cast<std::int32_t>(c);
  }
  if (!is_permutation) {
    throw std::invalid_argument(
        fmt::format("the new order of feature '{}' is no permutation of its {} channels",
                    feature.name, feature.shape.channels));
  }
}

}  // namespace

ChannelOrder order_of_groups(const ColumnGroups& groups, std::int64_t channels) {
  ChannelOrder order;
  std::vector<bool> used(size(channels), false);
  for (const auto& group : groups) {
    for (const std::int32_t channel : group) {
      order.push_back(channel);
      used.at(size(channel)) = true;
    }
  }
  for (std::int32_t channel = 0; channel < channels; ++channel) {
    if (!used[size(channel)]) order.push_back(channel);
  }
  return order;
}

std::optional<std::string> reason_for_fixed_order(const Network& network, FeatureId feature) {
  const ChannelSets sets(network);
  const std::string& reason = sets.reason(feature);
  if (reason.empty()) return std::nullopt;
  return reason;
}

std::vector<bool> corresponding_features(const Network& network, FeatureId feature) {
  const ChannelSets sets(network);
  std::vector<bool> corresponding(network.features.size());
  for (std::size_t i = 0; i < corresponding.size(); ++i) {
    corresponding[i] = sets.root(FeatureId{i}) == sets.root(feature);
  }
  return corresponding;
}

Network with_channel_order(const Network& network, FeatureId feature, const ChannelOrder& order) {
  check_order(order, network.feature(feature));
  const ChannelSets sets(network);
  if (const std::string& reason = sets.reason(feature); !reason.empty()) {
    throw std::invalid_argument(fmt::format("the channels of feature '{}' keep their order: {}",
                                            network.feature(feature).name, reason));
  }
  const auto moves = [&](FeatureId id) { return sets.root(id) == sets.root(feature); };
  Network result = network;
  for (Layer& layer : result.layers) {
    auto* gemm = std::get_if<Gemm>(&layer.operation);
    if (gemm == nullptr) continue;
    const bool is_dense = gemm->groups == 1;
    if (moves(layer.output)) reorder_filters(*gemm, order);
    if (is_dense && moves(layer.inputs.front())) reorder_columns(*gemm, order);
  }
  return result;
}

}  // namespace systerm
