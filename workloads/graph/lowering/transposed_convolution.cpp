// SPDX-License-Identifier: Apache-2.0
// A transposed convolution is a convolution with the kernel turned over its input with zeros put
// between the elements; the array multiplies these zeros like any others.
#include <memory>
#include <utility>

#include "workloads/graph/lowering/placement.h"
#include "workloads/graph/lowering/reordering.h"

namespace systerm {

namespace {

/// [c][f][kernel] of every group to [f][kernel turned][c].
std::vector<float> turned(const std::vector<float>& weights, std::int64_t groups,
                          std::int64_t channels, std::int64_t filters, std::int64_t positions) {
  std::vector<float> result;
  result.reserve(weights.size());
  for (std::int64_t group = 0; group < groups; ++group) {
    for (std::int64_t f = 0; f < filters; ++f) {
      for (std::int64_t p = positions; p-- > 0;) {
        for (std::int64_t c = 0; c < channels; ++c) {
          const std::int64_t from = ((group * channels + c) * filters + f) * positions + p;
          result.push_back(weights[static_cast<std::size_t>(from)]);
        }
      }
    }
  }
  return result;
}

/// Zeros between elements and around them; negative padding cuts.
FeatureId spread(LayerBuilder& builder, const GraphNode& node, FeatureId input,
                 const op::TransposedConvolution& convolution) {
  const FeatureShape from = builder.network().feature(input).shape;
  const Window& window = convolution.window;
  const std::int64_t top = (window.kernel_height - 1) * window.dilation_height - window.pad_top;
  const std::int64_t left = (window.kernel_width - 1) * window.dilation_width - window.pad_left;
  const std::int64_t bottom = (window.kernel_height - 1) * window.dilation_height -
                              window.pad_bottom + convolution.extra_height;
  const std::int64_t right = (window.kernel_width - 1) * window.dilation_width - window.pad_right +
                             convolution.extra_width;
  FeatureShape to = from;
  to.height = (from.height - 1) * window.stride_height + 1 + top + bottom;
  to.width = (from.width - 1) * window.stride_width + 1 + left + right;
  if (to == from) return input;
  std::vector<std::int32_t> elements(static_cast<std::size_t>(to.elements()), -1);
  std::size_t element = 0;
  for (std::int64_t image = 0; image < to.images; ++image) {
    for (std::int64_t y = -top; y < to.height - top; ++y) {
      for (std::int64_t x = -left; x < to.width - left;
           ++x, element += static_cast<std::size_t>(to.channels)) {
        const bool is_element =
            y >= 0 && x >= 0 && y % window.stride_height == 0 && x % window.stride_width == 0 &&
            y / window.stride_height < from.height && x / window.stride_width < from.width;
        if (!is_element) continue;
        const std::int64_t position =
            (image * from.height + y / window.stride_height) * from.width + x / window.stride_width;
        for (std::int64_t c = 0; c < to.channels; ++c) {
          elements[element + static_cast<std::size_t>(c)] =
              static_cast<std::int32_t>(position * to.channels + c);
        }
      }
    }
  }
  return builder.add_inner_layer(
      node.name + "/spread", "rearrangement",
      Rearrangement{std::make_shared<const std::vector<std::int32_t>>(std::move(elements))},
      {input}, {}, to);
}

}  // namespace

void place(LayerBuilder& builder, const GraphNode& node,
           const op::TransposedConvolution& convolution) {
  const GraphTensor& weights = builder.constant(node.inputs[1]);
  const FeatureId input = builder.image(node.inputs[0]).feature;
  const Shape& output = builder.shape(node.outputs.front());
  const std::int64_t groups = convolution.groups;
  const std::int64_t channels = (*weights.shape)[0] / groups;
  const std::int64_t filters = (*weights.shape)[1];
  Gemm gemm{.groups = groups};
  gemm.window.kernel_height = convolution.window.kernel_height;
  gemm.window.kernel_width = convolution.window.kernel_width;
  gemm.window.dilation_height = convolution.window.dilation_height;
  gemm.window.dilation_width = convolution.window.dilation_width;
  const std::int64_t positions = gemm.window.kernel_height * gemm.window.kernel_width;
  gemm.k = positions * channels;
  gemm.n = filters;
  gemm.m = image_shape(output).elements() / gemm.filters();
  checked_macs(node, gemm.m, gemm.k, gemm.filters());
  check_channels(node, gemm.filters());
  if (weights.values) {
    gemm.weights = std::make_shared<const std::vector<float>>(
        turned(*weights.values, groups, channels, filters, positions));
  }
  if (node.inputs.size() > 2) gemm.bias = builder.bias_of(node.inputs[2], gemm.filters(), 1.0);
  const FeatureId zeros_between = spread(builder, node, input, convolution);
  builder.add_layer(node, "transposed_convolution", std::move(gemm), {zeros_between}, {},
                    image_shape(output), channels_last(output));
}

}  // namespace systerm
