// SPDX-License-Identifier: Apache-2.0
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

std::string convolution_type(const Gemm& gemm, const FeatureShape& input) {
  if (!gemm.taps.empty()) return "shift_convolution";
  if (gemm.groups > 1) {
    return gemm.groups == input.channels ? "depthwise_convolution" : "grouped_convolution";
  }
  const bool is_pointwise = gemm.window.kernel_height == 1 && gemm.window.kernel_width == 1;
  return is_pointwise ? "pointwise_convolution" : "convolution";
}

/// [f][c][kernel positions] to [f][kernel positions][c].
std::vector<float> channels_fastest(const std::vector<float>& weights, std::int64_t filters,
                                    std::int64_t channels, std::int64_t positions) {
  std::vector<float> result(weights.size());
  auto out = result.begin();
  for (std::int64_t f = 0; f < filters; ++f) {
    for (std::int64_t p = 0; p < positions; ++p) {
      for (std::int64_t c = 0; c < channels; ++c) {
        *out++ = weights[static_cast<std::size_t>((f * channels + c) * positions + p)];
      }
    }
  }
  return result;
}

/// One for all filters, or one a filter; `axis` of the weights counts filters.
std::vector<float> filter_scales(const GraphTensor& weights, std::size_t axis, double factor) {
  if (weights.scales.size() > 1 && weights.scale_axis != axis) {
    throw Unplaceable{"its weights have a scale for each value that a sum runs over"};
  }
  std::vector<float> scales;
  for (const float scale : weights.scales) {
    scales.push_back(static_cast<float>(static_cast<double>(scale) * std::abs(factor)));
  }
  return scales;
}

/// A product along the last axis of the data.
void product(LayerBuilder& builder, const GraphNode& node, std::string type, TensorId data_id,
             const GraphTensor& weights, std::int64_t filters, bool filters_first, double scale) {
  const Value value = builder.any_layout(data_id);
  const Shape& extents = builder.shape(data_id);
  const std::size_t axis = extents.size() - 1;
  if (!covers_fastest(value.layout, axis)) throw Unplaceable{kRearranged};
  const FeatureShape input = builder.network().feature(value.feature).shape;

  Gemm gemm{.m = input.elements() / extents[axis], .k = extents[axis], .n = filters};
  checked_macs(node, gemm.m, gemm.k, filters);
  check_channels(node, filters);
  gemm.weight_scales = filter_scales(weights, filters_first ? 0 : weights.shape->size() - 1, scale);
  if (weights.values) {
    const auto order = memory_order_of_axis(value.layout, axis);
    std::vector<float> matrix(weights.values->size());
    for (std::int64_t f = 0; f < filters; ++f) {
      for (std::int64_t i = 0; i < gemm.k; ++i) {
        const std::int64_t k = (*order)[static_cast<std::size_t>(i)];
        const std::int64_t from = filters_first ? f * gemm.k + k : k * filters + f;
        matrix[static_cast<std::size_t>(f * gemm.k + i)] =
            static_cast<float>(scale * at(weights, static_cast<std::size_t>(from)));
      }
    }
    gemm.weights = std::make_shared<const std::vector<float>>(std::move(matrix));
  }

  FeatureShape output = input;
  output.channels = filters;
  if (gemm.k == input.height * input.width * input.channels) {
    output.height = output.width = 1;
  } else if (gemm.k == input.width * input.channels) {
    output.width = input.height;
    output.height = 1;
  } else if (gemm.k != input.channels) {
    output = {.images = gemm.m, .height = 1, .width = 1, .channels = filters};
  }
  builder.add_layer(node, std::move(type), std::move(gemm), {value.feature}, {}, output,
                    replace_fastest(value.layout, axis, filters));
}

}  // namespace

void place(LayerBuilder& builder, const GraphNode& node, const op::Convolution& convolution) {
  const GraphTensor& weights = builder.constant(node.inputs[1]);
  const Value value = builder.image(node.inputs[0]);
  const FeatureShape input = builder.network().feature(value.feature).shape;
  const Shape& output = builder.shape(node.outputs.front());

  Gemm gemm{.window = padded(convolution.window, value), .groups = convolution.groups};
  if (!value.taps.empty()) {
    gemm.taps = value.taps;
    gemm.window.kernel_height = gemm.window.kernel_width = 3;
    gemm.window.pad_top = gemm.window.pad_left = 1;
    gemm.window.pad_bottom = gemm.window.pad_right = 1;
  }
  const std::int64_t filters = (*weights.shape)[0];
  const std::int64_t positions = gemm.positions();
  const std::int64_t channels = gemm.channels_per_group(input);
  gemm.n = filters / gemm.groups;
  gemm.k = positions * channels;
  gemm.m = image_shape(output).elements() / filters;
  checked_macs(node, gemm.m, gemm.k, filters);
  check_channels(node, filters);
  gemm.weight_scales = filter_scales(weights, 0, 1.0);
  if (weights.values) {
    gemm.weights = std::make_shared<const std::vector<float>>(
        channels_fastest(*weights.values, filters, channels, positions));
  }
  if (node.inputs.size() > 2) gemm.bias = builder.bias_of(node.inputs[2], filters, 1.0);
  std::string type = convolution_type(gemm, input);
  builder.add_layer(node, std::move(type), std::move(gemm), {value.feature}, {},
                    image_shape(output), channels_last(output));
}

void place(LayerBuilder& builder, const GraphNode& node, const op::Linear& linear) {
  const GraphTensor& weights = builder.constant(node.inputs[1]);
  const Shape& matrix = *weights.shape;
  product(builder, node, "linear", node.inputs[0], weights,
          linear.filters_first ? matrix[0] : matrix[1], linear.filters_first, linear.data_scale);
  Gemm& gemm = std::get<Gemm>(builder.network().layers.back().operation);
  gemm.is_tied = linear.is_tied;
  if (node.inputs.size() > 2) {
    try {
      gemm.bias = builder.bias_of(node.inputs[2], gemm.n, linear.bias_scale);
    } catch (const Unplaceable&) {
      builder.remove_last_layer();
      throw;
    }
  }
}

void place(LayerBuilder& builder, const GraphNode& node, const op::MatMul&) {
  const GraphTensor& weights = builder.graph().tensor(node.inputs[1]);
  if (!weights.is_constant) return product_of_activations(builder, node);
  const Shape& extents = builder.shape(node.inputs[1]);
  if (extents.size() < 2 ||
      element_count(extents) != extents[extents.size() - 2] * extents.back() ||
      builder.shape(node.outputs.front()).size() != builder.shape(node.inputs[0]).size()) {
    return product_of_activations(builder, node);
  }
  product(builder, node, "matmul", node.inputs[0], weights, extents.back(), false, 1.0);
}

}  // namespace systerm
