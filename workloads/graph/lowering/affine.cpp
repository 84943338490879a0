// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/lowering/affine.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "workloads/graph/lowering/placement.h"
#include "workloads/graph/shape_inference.h"

namespace systerm {

namespace {

using Value = LayerBuilder::Value;

/// Weights that were whole multiples of their scales stay so.
void fold_scales(Gemm& gemm, const Affine& affine) {
  if (gemm.weight_scales.empty()) return;
  if (affine.scale.size() > 1 && gemm.weight_scales.size() == 1) {
    gemm.weight_scales.assign(affine.scale.size(), gemm.weight_scales.front());
  }
  for (std::size_t i = 0; i < gemm.weight_scales.size(); ++i) {
    const double factor = std::abs(affine.scale[affine.scale.size() == 1 ? 0 : i]);
    if (factor > 0) {
      gemm.weight_scales[i] =
          static_cast<float>(static_cast<double>(gemm.weight_scales[i]) * factor);
    }
  }
}

void fold(Gemm& gemm, const Affine& affine) {
  const auto filters = static_cast<std::size_t>(gemm.filters());
  const auto k = static_cast<std::size_t>(gemm.k);
  const auto scale = [&](std::size_t f) { return affine.scale[affine.scale.size() == 1 ? 0 : f]; };
  const auto shift = [&](std::size_t f) { return affine.shift[affine.shift.size() == 1 ? 0 : f]; };
  if (!affine.scale_is_known) {
    gemm.weights.reset();
  } else if (gemm.weights && std::ranges::any_of(affine.scale, [](double s) { return s != 1; })) {
    std::vector<float> weights(gemm.weights->size());
    for (std::size_t f = 0; f < filters; ++f) {
      for (std::size_t i = f * k; i < (f + 1) * k; ++i) {
        weights[i] = static_cast<float>(static_cast<double>((*gemm.weights)[i]) * scale(f));
      }
    }
    gemm.weights = std::make_shared<const std::vector<float>>(std::move(weights));
    fold_scales(gemm, affine);
  }
  if (gemm.bias.empty() && affine.has_shift) gemm.bias.assign(filters, 0.0F);
  for (std::size_t f = 0; f < gemm.bias.size(); ++f) {
    gemm.bias[f] = static_cast<float>(static_cast<double>(gemm.bias[f]) * scale(f) + shift(f));
  }
}

bool is_product_of_activations(const LayerBuilder& builder, std::size_t layer) {
  const Gemm* gemm = builder.network().layers[layer].gemm();
  return gemm && gemm->second;
}

/// A product of two activations has one factor for all its sums, and nothing else.
bool fold_into_product(LayerBuilder& builder, std::size_t layer, const Affine& affine) {
  const bool is_one_factor =
      affine.scale.size() == 1 && affine.scale_is_known && affine.shift == std::vector{0.0};
  if (!is_one_factor || !is_product_of_activations(builder, layer) ||
      !builder.network().layers[layer].steps.empty()) {
    return false;
  }
  auto& gemm = std::get<Gemm>(builder.network().layers[layer].operation);
  gemm.factor = static_cast<float>(static_cast<double>(gemm.factor) * affine.scale[0]);
  return true;
}

}  // namespace

void apply(LayerBuilder& builder, const GraphNode& node, TensorId data_id, const Value& value,
           const Affine& affine) {
  const auto layer = builder.fusable_layer(data_id);
  if (layer && fold_into_product(builder, *layer, affine)) {
    builder.continue_as(data_id, node.outputs.front(), *layer);
    return;
  }
  if (layer && !is_product_of_activations(builder, *layer) &&
      builder.network().layers[*layer].gemm() && builder.network().layers[*layer].steps.empty()) {
    fold(std::get<Gemm>(builder.network().layers[*layer].operation), affine);
    builder.continue_as(data_id, node.outputs.front(), *layer);
    return;
  }
  const Feature input = builder.network().feature(value.feature);
  Gemm gemm{.groups = input.shape.channels,
            .m = input.shape.elements() / input.shape.channels,
            .k = 1,
            .n = 1};
  check_channels(node, gemm.groups);
  const auto channels = static_cast<std::size_t>(gemm.groups);
  if (affine.scale_is_known) {
    gemm.weights = std::make_shared<const std::vector<float>>(channels, 1.0F);
  }
  fold(gemm, affine);
  builder.add_layer(node, "depthwise_convolution", std::move(gemm), {value.feature}, {},
                    input.shape, value.layout, input.source_shape);
}

void place(LayerBuilder& builder, const GraphNode& node, const op::BatchNorm& norm) {
  const Value value = builder.any_layout(node.inputs[0]);
  const Shape& extents = builder.shape(node.inputs[0]);
  if (extents[1] != 1 && !builder.is_channels(value, extents, 1)) throw Unplaceable{kRearranged};
  check_channels(node, extents[1]);
  const GraphTensor& gamma = builder.constant(node.inputs[1]);
  const GraphTensor& beta = builder.constant(node.inputs[2]);
  const GraphTensor& mean = builder.constant(node.inputs[3]);
  const GraphTensor& variance = builder.constant(node.inputs[4]);
  const auto channels = static_cast<std::size_t>(extents[1]);
  Affine affine{.scale = std::vector<double>(channels, 1.0),
                .shift = std::vector<double>(channels, 0.0),
                .scale_is_known = gamma.values && variance.values,
                .has_shift = true};
  for (std::size_t c = 0; c < channels && affine.scale_is_known; ++c) {
    const double spread = at(variance, c) + norm.epsilon;
    if (!(spread > 0)) {
      throw GraphError(fmt::format("node '{}' ({}): channel {} has variance {}", node.name,
                                   node.type, c, at(variance, c)));
    }
    affine.scale[c] = at(gamma, c) / std::sqrt(spread);
    if (beta.values && mean.values) affine.shift[c] = at(beta, c) - at(mean, c) * affine.scale[c];
  }
  apply(builder, node, node.inputs[0], value, affine);
}

}  // namespace systerm
