// SPDX-License-Identifier: Apache-2.0
// Operators that compute.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "workloads/graph/shape_inference.h"
#include "workloads/graph/shape_rules.h"

namespace systerm {

namespace {

void check_window(const Window& window, const GraphNode& node) {
  for (const std::int64_t value :
       {window.kernel_height, window.kernel_width, window.stride_height, window.stride_width,
        window.dilation_height, window.dilation_width}) {
    ShapeRules::require(
        value >= 1 && value <= kLargestAttribute, node,
        fmt::format("kernel, stride and dilation must be at least 1, not {}", value));
  }
  for (const std::int64_t value :
       {window.pad_top, window.pad_left, window.pad_bottom, window.pad_right}) {
    ShapeRules::require(value >= 0 && value <= kLargestAttribute, node,
                        fmt::format("padding must not be negative, but is {}", value));
  }
}

/// [n][c][width] or [n][c][height][width] with its spatial extents replaced by those of the output.
Shape slide(const Shape& input, std::int64_t channels, const Window& window,
            const GraphNode& node) {
  check_window(window, node);
  Shape output{input[0], channels};
  if (input.size() == 4) {
    output.push_back(window_extent(input[2], window.kernel_height, window.stride_height,
                                   window.dilation_height, window.pad_top + window.pad_bottom));
  }
  output.push_back(window_extent(input.back(), window.kernel_width, window.stride_width,
                                 window.dilation_width, window.pad_left + window.pad_right));
  for (std::size_t axis = 2; axis < output.size(); ++axis) {
    ShapeRules::require(
        output[axis] > 0, node,
        fmt::format("a window of {} x {} does not fit into {} with padding {}, {}, {}, {}",
                    window.kernel_height, window.kernel_width, to_string(input), window.pad_top,
                    window.pad_left, window.pad_bottom, window.pad_right));
  }
  return output;
}

void require_image(const Shape& shape, const GraphNode& node) {
  ShapeRules::require(
      shape.size() == 3 || shape.size() == 4, node,
      fmt::format("expects data [n, c, width] or [n, c, height, width], got {}", to_string(shape)));
}

}  // namespace

Shape ShapeRules::operator()(const op::Convolution& convolution) const {
  require_inputs(2, 3);
  const Shape& data = input(0);
  const Shape& weights = input(1);
  require_image(data, node);
  require(convolution.groups >= 1, node,
          fmt::format("groups must be at least 1, not {}", convolution.groups));
  require(
      weights.size() == data.size(), node,
      fmt::format("data {} and weights {} differ in rank", to_string(data), to_string(weights)));
  require(
      data[1] % convolution.groups == 0 && weights[0] % convolution.groups == 0 &&
          weights[1] == data[1] / convolution.groups,
      node,
      fmt::format("data {} with {} groups need weights [filters, {}, ...], got {}", to_string(data),
                  convolution.groups, data[1] / convolution.groups, to_string(weights)));
  const Window& window = convolution.window;
  const std::int64_t kernel_height = weights.size() == 4 ? weights[2] : 1;
  require(kernel_height == window.kernel_height && weights.back() == window.kernel_width, node,
          fmt::format("a kernel of {} x {} does not match weights {}", window.kernel_height,
                      window.kernel_width, to_string(weights)));
  if (node.inputs.size() == 3) {
    require(input(2) == Shape{weights[0]}, node,
            fmt::format("expects a bias of shape [{}], got {}", weights[0], to_string(input(2))));
  }
  return slide(data, weights[0], window, node);
}

Shape ShapeRules::operator()(const op::Linear& linear) const {
  require_inputs(2, 3);
  const Shape& data = input(0);
  const Shape& weights = input(1);
  require(weights.size() == 2 && !data.empty(), node,
          fmt::format("expects data [..., k] and a matrix of weights, got {} and {}",
                      to_string(data), to_string(weights)));
  const std::int64_t k = linear.filters_first ? weights[1] : weights[0];
  const std::int64_t filters = linear.filters_first ? weights[0] : weights[1];
  require(data.back() == k, node,
          fmt::format("data {} have {} features, weights {} expect {}", to_string(data),
                      data.back(), to_string(weights), k));
  Shape output = data;
  output.back() = filters;
  if (node.inputs.size() == 3) {
    require(broadcast(output, input(2), node) == output, node,
            fmt::format("a bias of shape {} does not broadcast to {}", to_string(input(2)),
                        to_string(output)));
  }
  return output;
}

Shape ShapeRules::operator()(const op::MatMul&) const {
  require_inputs(2, 2);
  Shape a = input(0);
  Shape b = input(1);
  require(!a.empty() && !b.empty(), node, "a matrix product of a scalar");
  const bool is_row = a.size() == 1;
  const bool is_column = b.size() == 1;
  if (is_row) a.insert(a.begin(), 1);
  if (is_column) b.push_back(1);
  require(
      a.back() == b[b.size() - 2], node,
      fmt::format("inner extents of {} and {} differ", to_string(input(0)), to_string(input(1))));
  Shape result = broadcast(Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2), node);
  if (!is_row) result.push_back(a[a.size() - 2]);
  if (!is_column) result.push_back(b.back());
  return result;
}

Shape ShapeRules::operator()(const op::Pooling& pooling) const {
  require_inputs(1, 1);
  const Shape& data = input(0);
  require_image(data, node);
  const Window& window = pooling.window;
  check_window(window, node);
  const std::int64_t height = (window.kernel_height - 1) * window.dilation_height + 1;
  const std::int64_t width = (window.kernel_width - 1) * window.dilation_width + 1;
  // A window without any element has no maximum.
  require(window.pad_top < height && window.pad_bottom < height && window.pad_left < width &&
              window.pad_right < width,
          node, fmt::format("padding reaches the kernel of {} x {}", height, width));
  return slide(data, data[1], window, node);
}

Shape ShapeRules::operator()(const op::GlobalPooling&) const {
  require_inputs(1, 1);
  require_image(input(0), node);
  Shape output = input(0);
  std::fill(output.begin() + 2, output.end(), 1);
  return output;
}

Shape ShapeRules::operator()(const op::Binary&) const {
  require_inputs(2, 2);
  return broadcast(input(0), input(1), node);
}

Shape ShapeRules::operator()(const op::Activate&) const {
  require_inputs(1, 1);
  return input(0);
}

Shape ShapeRules::operator()(const op::BatchNorm& norm) const {
  require_inputs(5, 5);
  require(input(0).size() >= 2, node,
          fmt::format("expects data [n, c, ...], got {}", to_string(input(0))));
  require(norm.epsilon >= 0, node, fmt::format("a negative epsilon {}", norm.epsilon));
  for (std::size_t i = 1; i < 5; ++i) {
    require(input(i) == Shape{input(0)[1]}, node,
            fmt::format("data {} need parameters of shape [{}], got {}", to_string(input(0)),
                        input(0)[1], to_string(input(i))));
  }
  return input(0);
}

Shape ShapeRules::operator()(const op::Softmax& softmax) const {
  require_inputs(1, 2);
  for (const std::int64_t axis : softmax.axes) resolve_axis(axis, input(0).size(), node);
  return input(0);
}

Shape ShapeRules::operator()(const op::Norm&) const {
  require_inputs(1, 3);
  require(!input(0).empty(), node, "normalises a scalar");
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    require(input(i) == Shape{input(0).back()}, node,
            fmt::format("expects parameters of shape [{}], got {}", input(0).back(),
                        to_string(input(i))));
  }
  return input(0);
}

Shape ShapeRules::operator()(const op::Rotary& rotary) const {
  require_inputs(1, 1);
  require(input(0).size() == 3 && rotary.embedding.head_channels >= 2 &&
              rotary.embedding.head_channels % 2 == 0 &&
              input(0)[2] % rotary.embedding.head_channels == 0,
          node,
          fmt::format("cannot rotate heads of {} channels in data {}",
                      rotary.embedding.head_channels, to_string(input(0))));
  return input(0);
}

Shape ShapeRules::operator()(const op::Lookup&) const {
  require_inputs(2, 2);
  require(input(1).size() == 2, node,
          fmt::format("expects a table [rows, channels], got {}", to_string(input(1))));
  Shape output = input(0);
  output.push_back(input(1)[1]);
  return output;
}

Shape ShapeRules::operator()(const op::TransposedConvolution& convolution) const {
  require_inputs(2, 3);
  const Shape& data = input(0);
  const Shape& weights = input(1);
  require_image(data, node);
  const Window& window = convolution.window;
  check_window(window, node);
  require(weights.size() == data.size() && weights[0] == data[1] && convolution.groups >= 1 &&
              data[1] % convolution.groups == 0,
          node,
          fmt::format("data {} and weights {} do not fit {} groups", to_string(data),
                      to_string(weights), convolution.groups));
  Shape output{data[0], weights[1] * convolution.groups};
  const auto extent = [&](std::int64_t in, std::int64_t kernel, std::int64_t stride,
                          std::int64_t dilation, std::int64_t cut, std::int64_t extra) {
    const std::int64_t result = (in - 1) * stride + (kernel - 1) * dilation + 1 - cut + extra;
    require(result >= 1 && extra >= 0 && extra < std::max(stride, dilation), node,
            fmt::format("makes an extent of {} with {} extra", result, extra));
    return result;
  };
  if (data.size() == 4) {
    output.push_back(extent(data[2], window.kernel_height, window.stride_height,
                            window.dilation_height, window.pad_top + window.pad_bottom,
                            convolution.extra_height));
  }
  output.push_back(extent(data.back(), window.kernel_width, window.stride_width,
                          window.dilation_width, window.pad_left + window.pad_right,
                          convolution.extra_width));
  return output;
}

Shape ShapeRules::operator()(const op::Recurrent& recurrent) const {
  require_inputs(3, 4);
  const Shape& data = input(0);
  require(data.size() == 3, node,
          fmt::format("expects data [images, positions, channels], got {}", to_string(data)));
  const std::int64_t rows = recurrent.gates() * recurrent.units;
  require(input(1) == Shape{rows, data[2]} && input(2) == Shape{rows, recurrent.units}, node,
          fmt::format("weights {} and {} do not fit {} units over data {}", to_string(input(1)),
                      to_string(input(2)), recurrent.units, to_string(data)));
  require(node.inputs.size() < 4 || input(3) == Shape{2 * rows}, node,
          fmt::format("expects {} biases", 2 * rows));
  return {data[0], data[1], recurrent.units};
}

}  // namespace systerm
