// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/shape_inference.h"

#include <algorithm>
#include <numeric>
#include <ranges>
#include <utility>

#include <fmt/format.h>

namespace systerm {

namespace {

/// Any attribute beyond it is a broken file, and products of a few of them stay in 64 bits.
constexpr std::int64_t kLargestAttribute = 1 << 20;

[[noreturn]] void fail(const GraphNode& node, const std::string& message) {
  throw GraphError(fmt::format("node '{}' ({}): {}", node.name, node.type, message));
}

void require(bool condition, const GraphNode& node, const std::string& message) {
  if (!condition) fail(node, message);
}

void check_window(const Window& window, const GraphNode& node) {
  for (const std::int64_t value :
       {window.kernel_height, window.kernel_width, window.stride_height, window.stride_width,
        window.dilation_height, window.dilation_width}) {
    require(value >= 1 && value <= kLargestAttribute, node,
            fmt::format("kernel, stride and dilation must be at least 1, not {}", value));
  }
  for (const std::int64_t value :
       {window.pad_top, window.pad_left, window.pad_bottom, window.pad_right}) {
    require(value >= 0 && value <= kLargestAttribute, node,
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
    require(output[axis] > 0, node,
            fmt::format("a window of {} x {} does not fit into {} with padding {}, {}, {}, {}",
                        window.kernel_height, window.kernel_width, to_string(input), window.pad_top,
                        window.pad_left, window.pad_bottom, window.pad_right));
  }
  return output;
}

Shape broadcast(const Shape& a, const Shape& b, const GraphNode& node) {
  Shape result(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::int64_t left = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t right = i < b.size() ? b[b.size() - 1 - i] : 1;
    require(left == right || left == 1 || right == 1, node,
            fmt::format("shapes {} and {} do not broadcast", to_string(a), to_string(b)));
    result[result.size() - 1 - i] = left == 1 ? right : left;
  }
  return result;
}

struct Inference {
  const Graph& graph;
  const GraphNode& node;

  const Shape& input(std::size_t i) const { return *graph.tensor(node.inputs[i]).shape; }

  void require_inputs(std::size_t least, std::size_t most) const {
    require(node.inputs.size() >= least && node.inputs.size() <= most, node,
            least == most
                ? fmt::format("needs {} inputs, has {}", least, node.inputs.size())
                : fmt::format("needs {} to {} inputs, has {}", least, most, node.inputs.size()));
  }

  void require_image(const Shape& shape) const {
    require(shape.size() == 3 || shape.size() == 4, node,
            fmt::format("expects data [n, c, width] or [n, c, height, width], got {}",
                        to_string(shape)));
  }

  Shape operator()(const op::Convolution& convolution) const {
    require_inputs(2, 3);
    const Shape& data = input(0);
    const Shape& weights = input(1);
    require_image(data);
    require(convolution.groups >= 1, node,
            fmt::format("groups must be at least 1, not {}", convolution.groups));
    require(
        weights.size() == data.size(), node,
        fmt::format("data {} and weights {} differ in rank", to_string(data), to_string(weights)));
    require(data[1] % convolution.groups == 0 && weights[0] % convolution.groups == 0 &&
                weights[1] == data[1] / convolution.groups,
            node,
            fmt::format("data {} with {} groups need weights [filters, {}, ...], got {}",
                        to_string(data), convolution.groups, data[1] / convolution.groups,
                        to_string(weights)));
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

  Shape operator()(const op::Linear& linear) const {
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

  Shape operator()(const op::MatMul&) const {
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

  Shape operator()(const op::Pooling& pooling) const {
    require_inputs(1, 1);
    const Shape& data = input(0);
    require_image(data);
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

  Shape operator()(const op::GlobalPooling&) const {
    require_inputs(1, 1);
    require_image(input(0));
    Shape output = input(0);
    std::fill(output.begin() + 2, output.end(), 1);
    return output;
  }

  Shape operator()(const op::Binary&) const {
    require_inputs(2, 2);
    return broadcast(input(0), input(1), node);
  }

  Shape operator()(const op::Activate&) const {
    require_inputs(1, 1);
    return input(0);
  }

  Shape operator()(const op::BatchNorm& norm) const {
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

  Shape operator()(const op::Concatenate& concatenate) const {
    require(!node.inputs.empty(), node, "needs an input");
    Shape output = input(0);
    const std::size_t axis = resolve_axis(concatenate.axis, output.size(), node);
    for (std::size_t i = 1; i < node.inputs.size(); ++i) {
      Shape expected = input(0);
      if (input(i).size() == expected.size()) expected[axis] = input(i)[axis];
      require(input(i) == expected, node,
              fmt::format("{} and {} differ in more than axis {}", to_string(input(0)),
                          to_string(input(i)), axis));
      output[axis] += input(i)[axis];
    }
    return output;
  }

  Shape operator()(const op::Flatten& flatten) const {
    require_inputs(1, 1);
    const Shape& data = input(0);
    const auto rank = static_cast<std::int64_t>(data.size());
    const std::int64_t axis = flatten.axis < 0 ? flatten.axis + rank : flatten.axis;
    require(axis >= 0 && axis <= rank, node,
            fmt::format("axis {} is outside {}", flatten.axis, to_string(data)));
    return {element_count(Shape(data.begin(), data.begin() + axis)),
            element_count(Shape(data.begin() + axis, data.end()))};
  }

  Shape operator()(const op::Reshape& reshape) const {
    require_inputs(1, 1);
    const Shape& data = input(0);
    Shape output = reshape.shape;
    std::optional<std::size_t> open;
    std::int64_t rest = 1;
    const auto error = [&] {
      return fmt::format("cannot reshape {} to {}", to_string(data), to_string(reshape.shape));
    };
    for (std::size_t i = 0; i < output.size(); ++i) {
      if (output[i] == -1) {
        require(!open, node, error());
        open = i;
        continue;
      }
      if (output[i] == 0 && !reshape.zero_is_literal) {
        require(i < data.size(), node, error());
        output[i] = data[i];
      }
      require(output[i] >= 0, node, error());
      rest = element_count({rest, output[i]});
    }
    const std::int64_t elements = element_count(data);
    if (open) {
      require(rest > 0 && elements % rest == 0, node, error());
      output[*open] = elements / rest;
    } else {
      require(rest == elements, node, error());
    }
    return output;
  }

  Shape operator()(const op::Squeeze& squeeze) const {
    require_inputs(1, 1);
    const Shape& data = input(0);
    std::vector<bool> removed(data.size(), false);
    for (std::size_t i = 0; i < data.size(); ++i) removed[i] = squeeze.axes.empty() && data[i] == 1;
    for (const std::int64_t axis : squeeze.axes) {
      const std::size_t i = resolve_axis(axis, data.size(), node);
      require(data[i] == 1, node,
              fmt::format("axis {} of {} is not of extent 1", axis, to_string(data)));
      removed[i] = true;
    }
    Shape output;
    for (std::size_t i = 0; i < data.size(); ++i) {
      if (!removed[i]) output.push_back(data[i]);
    }
    return output;
  }

  Shape operator()(const op::Unsqueeze& unsqueeze) const {
    require_inputs(1, 1);
    const std::size_t rank = input(0).size() + unsqueeze.axes.size();
    std::vector<bool> added(rank, false);
    for (const std::int64_t axis : unsqueeze.axes) {
      const std::size_t i = resolve_axis(axis, rank, node);
      require(!added[i], node, fmt::format("axis {} is given twice", axis));
      added[i] = true;
    }
    Shape output(rank, 1);
    auto next = input(0).begin();
    for (std::size_t i = 0; i < rank; ++i) {
      if (!added[i]) output[i] = *next++;
    }
    return output;
  }

  Shape operator()(const op::Transpose& transpose) const {
    require_inputs(1, 1);
    const Shape& data = input(0);
    require(transpose.permutation.size() == data.size(), node,
            fmt::format("permutation {} does not match {}", to_string(transpose.permutation),
                        to_string(data)));
    std::vector<bool> used(data.size(), false);
    Shape output;
    for (const std::int64_t axis : transpose.permutation) {
      const std::size_t i = resolve_axis(axis, data.size(), node);
      require(!used[i], node,
              fmt::format("{} is not a permutation", to_string(transpose.permutation)));
      used[i] = true;
      output.push_back(data[i]);
    }
    return output;
  }

  Shape operator()(const op::Identity&) const {
    require_inputs(1, 1);
    return input(0);
  }

  Shape operator()(const op::Softmax& softmax) const {
    require_inputs(1, 2);
    for (const std::int64_t axis : softmax.axes) resolve_axis(axis, input(0).size(), node);
    return input(0);
  }

  Shape operator()(const op::Norm&) const {
    require_inputs(1, 3);
    require(!input(0).empty(), node, "normalises a scalar");
    for (std::size_t i = 1; i < node.inputs.size(); ++i) {
      require(input(i) == Shape{input(0).back()}, node,
              fmt::format("expects parameters of shape [{}], got {}", input(0).back(),
                          to_string(input(i))));
    }
    return input(0);
  }

  Shape operator()(const op::Rotary& rotary) const {
    require_inputs(1, 1);
    require(input(0).size() == 3 && rotary.embedding.head_channels >= 2 &&
                rotary.embedding.head_channels % 2 == 0 &&
                input(0)[2] % rotary.embedding.head_channels == 0,
            node,
            fmt::format("cannot rotate heads of {} channels in data {}",
                        rotary.embedding.head_channels, to_string(input(0))));
    return input(0);
  }

  Shape operator()(const op::Lookup&) const {
    require_inputs(2, 2);
    require(input(1).size() == 2, node,
            fmt::format("expects a table [rows, channels], got {}", to_string(input(1))));
    Shape output = input(0);
    output.push_back(input(1)[1]);
    return output;
  }

  Shape operator()(const op::Slice& slice) const {
    require_inputs(1, 1);
    const std::size_t rank = input(0).size();
    require(slice.begin.size() == rank && slice.extent.size() == rank && slice.step.size() == rank,
            node, fmt::format("slices another rank than that of {}", to_string(input(0))));
    for (std::size_t i = 0; i < rank; ++i) {
      const std::int64_t last = slice.begin[i] + (slice.extent[i] - 1) * slice.step[i];
      require(slice.extent[i] >= 1 && slice.begin[i] >= 0 && slice.begin[i] < input(0)[i] &&
                  last >= 0 && last < input(0)[i],
              node, fmt::format("a slice of axis {} reaches outside {}", i, to_string(input(0))));
    }
    return slice.extent;
  }

  Shape operator()(const op::Expand& expand) const {
    require_inputs(1, 1);
    return broadcast(input(0), expand.shape, node);
  }

  Shape operator()(const op::Select& select) const {
    require_inputs(1, 1);
    require(select.source.size() == input(0).size(), node, "selects along another rank");
    Shape output;
    for (std::size_t i = 0; i < select.source.size(); ++i) {
      for (const std::int64_t entry : select.source[i]) {
        require(entry >= 0 && entry < input(0)[i], node,
                fmt::format("entry {} is outside axis {} of {}", entry, i, to_string(input(0))));
      }
      output.push_back(static_cast<std::int64_t>(select.source[i].size()));
    }
    return output;
  }

  Shape operator()(const op::TransposedConvolution& convolution) const {
    require_inputs(2, 3);
    const Shape& data = input(0);
    const Shape& weights = input(1);
    require_image(data);
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

  Shape operator()(const op::Recurrent& recurrent) const {
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

  Shape operator()(const op::Pad& pad) const {
    require_inputs(1, 1);
    Shape output = input(0);
    require(pad.before.size() == output.size() && pad.after.size() == output.size(), node,
            fmt::format("padding of {} axes for data {}", pad.before.size(), to_string(output)));
    for (std::size_t i = 0; i < output.size(); ++i) {
      require(std::abs(pad.before[i]) <= kLargestAttribute &&
                  std::abs(pad.after[i]) <= kLargestAttribute,
              node, fmt::format("padding of {} and {}", pad.before[i], pad.after[i]));
      output[i] += pad.before[i] + pad.after[i];
      require(output[i] >= 0, node, fmt::format("crops axis {} below 0", i));
    }
    return output;
  }

  Shape operator()(const op::ReduceMean& reduce) const {
    require_inputs(1, 1);
    const Shape& data = input(0);
    std::vector<bool> reduced(data.size(), reduce.axes.empty());
    for (const std::int64_t axis : reduce.axes)
      reduced[resolve_axis(axis, data.size(), node)] = true;
    Shape output;
    for (std::size_t i = 0; i < data.size(); ++i) {
      if (!reduced[i]) output.push_back(data[i]);
      if (reduced[i] && reduce.keep_axes) output.push_back(1);
    }
    return output;
  }

  Shape operator()(const op::Unmodelled&) const { return {}; }
};

}  // namespace

std::int64_t window_extent(std::int64_t input, std::int64_t kernel, std::int64_t stride,
                           std::int64_t dilation, std::int64_t padding) {
  const std::int64_t covered = (kernel - 1) * dilation + 1;
  const std::int64_t room = input + padding - covered;
  return room < 0 ? 0 : room / stride + 1;
}

std::size_t resolve_axis(std::int64_t axis, std::size_t rank, const GraphNode& node) {
  const auto signed_rank = static_cast<std::int64_t>(rank);
  require(axis >= -signed_rank && axis < signed_rank, node,
          fmt::format("axis {} is outside a tensor of rank {}", axis, rank));
  return static_cast<std::size_t>(axis < 0 ? axis + signed_rank : axis);
}

void infer_shapes(Graph& graph, const GraphNode& node) {
  if (std::holds_alternative<op::Unmodelled>(node.operation)) return;
  for (const TensorId input : node.inputs) {
    if (!graph.tensor(input).shape) return;
  }
  require(node.outputs.size() == 1, node,
          fmt::format("has {} outputs, expected 1", node.outputs.size()));
  try {
    Shape shape = std::visit(Inference{graph, node}, node.operation);
    require(element_count(shape) > 0, node,
            fmt::format("its output of shape {} is empty", to_string(shape)));
    graph.set_shape(node.outputs.front(), std::move(shape));
  } catch (const GraphError& error) {
    // Errors about a shape alone do not say where it came from.
    const std::string message = error.what();
    if (message.starts_with("node '")) throw;
    fail(node, message);
  }
}

void infer_shapes(Graph& graph) {
  for (const std::size_t i : topological_order(graph)) infer_shapes(graph, graph.nodes()[i]);
}

}  // namespace systerm
