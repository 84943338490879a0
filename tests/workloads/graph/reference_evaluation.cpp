// SPDX-License-Identifier: Apache-2.0
#include "tests/workloads/graph/reference_evaluation.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>
#include <utility>

#include "workloads/graph/shape_inference.h"

namespace systerm {
namespace {

using Values = std::vector<double>;

double activate(const Activation& activation, double x) {
  return static_cast<double>(apply(activation, static_cast<float>(x)));
}

/// Calls visit(index) for every index of the shape, in C order.
void for_each_index(const Shape& shape, const std::function<void(const Shape&)>& visit) {
  Shape at(shape.size(), 0);
  const std::int64_t count = element_count(shape);
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t rest = i;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      at[axis] = rest % shape[axis];
      rest /= shape[axis];
    }
    visit(at);
  }
}

std::size_t offset(const Shape& shape, const Shape& at) {
  std::int64_t result = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) result = result * shape[axis] + at[axis];
  return static_cast<std::size_t>(result);
}

/// The element of a tensor that broadcasts to `at`.
std::size_t broadcast_offset(const Shape& shape, const Shape& at) {
  Shape own(shape.size());
  for (std::size_t i = 0; i < shape.size(); ++i) {
    own[i] = shape[i] == 1 ? 0 : at[at.size() - shape.size() + i];
  }
  return offset(shape, own);
}

struct Evaluation {
  const Graph& graph;
  const GraphNode& node;
  std::map<std::string, Values>& values;

  const Shape& shape(std::size_t i) const { return *graph.tensor(node.inputs[i]).shape; }
  const Shape& result_shape() const { return *graph.tensor(node.outputs[0]).shape; }
  const Values& in(std::size_t i) const { return values.at(graph.tensor(node.inputs[i]).name); }

  Values each(const std::function<double(const Shape&)>& value) const {
    Values result;
    for_each_index(result_shape(), [&](const Shape& at) { result.push_back(value(at)); });
    return result;
  }

  /// Calls visit(y, x, ky, kx) for the positions of a window that lie inside the data.
  static void slide(
      const Window& w, const Shape& data, std::int64_t row, std::int64_t column,
      const std::function<void(std::int64_t, std::int64_t, std::int64_t, std::int64_t)>& visit) {
    for (std::int64_t ky = 0; ky < w.kernel_height; ++ky) {
      for (std::int64_t kx = 0; kx < w.kernel_width; ++kx) {
        const std::int64_t y = row * w.stride_height + ky * w.dilation_height - w.pad_top;
        const std::int64_t x = column * w.stride_width + kx * w.dilation_width - w.pad_left;
        if (y >= 0 && y < data[2] && x >= 0 && x < data[3]) visit(y, x, ky, kx);
      }
    }
  }

  static Shape as_image(Shape shape) {
    if (shape.size() == 3) shape.insert(shape.begin() + 2, 1);
    return shape;
  }

  static Shape as_image_index(Shape at) {
    if (at.size() == 3) at.insert(at.begin() + 2, 0);
    return at;
  }

  Values operator()(const op::Convolution& convolution) const {
    const Shape data = as_image(shape(0));
    const Shape weights = as_image(shape(1));
    return each([&](const Shape& source_at) {
      const Shape at = as_image_index(source_at);
      double sum = node.inputs.size() > 2 ? in(2)[static_cast<std::size_t>(at[1])] : 0.0;
      const std::int64_t group = at[1] / (weights[0] / convolution.groups);
      for (std::int64_t c = 0; c < weights[1]; ++c) {
        slide(convolution.window, data, at[2], at[3],
              [&](std::int64_t y, std::int64_t x, std::int64_t ky, std::int64_t kx) {
                sum += in(0)[offset(data, {at[0], group * weights[1] + c, y, x})] *
                       in(1)[offset(weights, {at[1], c, ky, kx})];
              });
      }
      return sum;
    });
  }

  Values operator()(const op::Linear& linear) const {
    return each([&](const Shape& at) {
      double sum = 0;
      Shape from = at;
      for (std::int64_t k = 0; k < shape(0).back(); ++k) {
        from.back() = k;
        const Shape weight = linear.filters_first ? Shape{at.back(), k} : Shape{k, at.back()};
        sum += in(0)[offset(shape(0), from)] * in(1)[offset(shape(1), weight)];
      }
      sum *= linear.data_scale;
      if (node.inputs.size() > 2) sum += linear.bias_scale * in(2)[broadcast_offset(shape(2), at)];
      return sum;
    });
  }

  Values operator()(const op::MatMul&) const {
    return each([&](const Shape& at) {
      double sum = 0;
      Shape from = at;
      for (std::int64_t k = 0; k < shape(0).back(); ++k) {
        from.back() = k;
        sum += in(0)[offset(shape(0), from)] * in(1)[offset(shape(1), {k, at.back()})];
      }
      return sum;
    });
  }

  Values operator()(const op::Pooling& pooling) const {
    const Shape data = as_image(shape(0));
    return each([&](const Shape& source_at) {
      const Shape at = as_image_index(source_at);
      double sum = 0;
      double largest = -std::numeric_limits<double>::infinity();
      double count = 0;
      slide(pooling.window, data, at[2], at[3],
            [&](std::int64_t y, std::int64_t x, std::int64_t, std::int64_t) {
              const double value = in(0)[offset(data, {at[0], at[1], y, x})];
              sum += value;
              largest = std::max(largest, value);
              count += 1;
            });
      if (pooling.kind == Pool::Kind::kMax) return largest;
      if (pooling.count_padding) {
        count = static_cast<double>(pooling.window.kernel_height * pooling.window.kernel_width);
      }
      return sum / count;
    });
  }

  Values operator()(const op::GlobalPooling& pooling) const {
    return each([&](const Shape& at) {
      double sum = 0;
      double largest = -std::numeric_limits<double>::infinity();
      double count = 0;
      for_each_index(shape(0), [&](const Shape& from) {
        if (from[0] != at[0] || from[1] != at[1]) return;
        const double value = in(0)[offset(shape(0), from)];
        sum += value;
        largest = std::max(largest, value);
        count += 1;
      });
      return pooling.kind == Pool::Kind::kMax ? largest : sum / count;
    });
  }

  Values operator()(const op::Binary& binary) const {
    return each([&](const Shape& at) {
      const double a = in(0)[broadcast_offset(shape(0), at)];
      const double b = in(1)[broadcast_offset(shape(1), at)];
      switch (binary.kind) {
        case op::Binary::Kind::kAdd:
          return a + b;
        case op::Binary::Kind::kSubtract:
          return a - b;
        case op::Binary::Kind::kMultiply:
          return a * b;
        case op::Binary::Kind::kDivide:
          return a / b;
      }
      throw std::logic_error("no such operation");
    });
  }

  Values operator()(const op::Activate& operation) const {
    return each([&](const Shape& at) {
      return activate(operation.activation, in(0)[offset(shape(0), at)]);
    });
  }

  Values operator()(const op::BatchNorm& norm) const {
    return each([&](const Shape& at) {
      const auto c = static_cast<std::size_t>(at[1]);
      return (in(0)[offset(shape(0), at)] - in(3)[c]) / std::sqrt(in(4)[c] + norm.epsilon) *
                 in(1)[c] +
             in(2)[c];
    });
  }

  Values operator()(const op::Concatenate& concatenate) const {
    const std::size_t axis = resolve_axis(concatenate.axis, result_shape().size(), node);
    return each([&](const Shape& at) {
      Shape from = at;
      std::size_t i = 0;
      while (from[axis] >= shape(i)[axis]) from[axis] -= shape(i++)[axis];
      return in(i)[offset(shape(i), from)];
    });
  }

  Values operator()(const op::Flatten&) const { return in(0); }
  Values operator()(const op::Reshape&) const { return in(0); }
  Values operator()(const op::Squeeze&) const { return in(0); }
  Values operator()(const op::Unsqueeze&) const { return in(0); }
  Values operator()(const op::Identity&) const { return in(0); }

  Values operator()(const op::Transpose& transpose) const {
    return each([&](const Shape& at) {
      Shape from(at.size());
      for (std::size_t i = 0; i < at.size(); ++i) {
        from[static_cast<std::size_t>(transpose.permutation[i])] = at[i];
      }
      return in(0)[offset(shape(0), from)];
    });
  }

  Values operator()(const op::Softmax& softmax) const {
    const std::size_t axis = resolve_axis(softmax.axes.at(0), result_shape().size(), node);
    return each([&](const Shape& at) {
      double sum = 0;
      Shape from = at;
      for (from[axis] = 0; from[axis] < shape(0)[axis]; ++from[axis]) {
        sum += std::exp(in(0)[offset(shape(0), from)] - in(0)[offset(shape(0), at)]);
      }
      return 1 / sum;
    });
  }

  Values operator()(const op::Pad& pad) const {
    return each([&](const Shape& at) {
      Shape from = at;
      for (std::size_t i = 0; i < at.size(); ++i) {
        from[i] -= pad.before[i];
        if (from[i] < 0 || from[i] >= shape(0)[i]) return static_cast<double>(pad.value);
      }
      return in(0)[offset(shape(0), from)];
    });
  }

  Values operator()(const op::ReduceMean& reduce) const {
    std::vector<bool> reduced(shape(0).size(), false);
    for (const std::int64_t axis : reduce.axes) {
      reduced[resolve_axis(axis, reduced.size(), node)] = true;
    }
    Values sums(static_cast<std::size_t>(element_count(result_shape())), 0.0);
    for_each_index(shape(0), [&](const Shape& from) {
      Shape to;
      for (std::size_t i = 0; i < from.size(); ++i) {
        if (!reduced[i]) to.push_back(from[i]);
        if (reduced[i] && reduce.keep_axes) to.push_back(0);
      }
      sums[offset(result_shape(), to)] += in(0)[offset(shape(0), from)];
    });
    const double count = static_cast<double>(in(0).size()) / static_cast<double>(sums.size());
    for (double& sum : sums) sum /= count;
    return sums;
  }

  Values operator()(const op::Unmodelled&) const {
    throw std::logic_error("cannot evaluate an unmodelled operator");
  }
};

std::size_t position(const FeatureShape& s, std::int64_t n, std::int64_t h, std::int64_t w,
                     std::int64_t c) {
  return static_cast<std::size_t>(((n * s.height + h) * s.width + w) * s.channels + c);
}

Values exchanged(const Feature& feature, const Values& values, bool to_memory) {
  if (feature.source_shape.size() != 4) return values;
  const FeatureShape& s = feature.shape;
  Values result(values.size());
  std::size_t source = 0;
  for (std::int64_t n = 0; n < s.images; ++n) {
    for (std::int64_t c = 0; c < s.channels; ++c) {
      for (std::int64_t h = 0; h < s.height; ++h) {
        for (std::int64_t w = 0; w < s.width; ++w) {
          const std::size_t memory = position(s, n, h, w, c);
          (to_memory ? result[memory] : result[source]) =
              to_memory ? values[source] : values[memory];
          ++source;
        }
      }
    }
  }
  return result;
}

struct LayerEvaluation {
  const Network& network;
  const Layer& layer;
  std::vector<Values>& memory;

  const FeatureShape& shape(std::size_t i) const { return network.feature(layer.inputs[i]).shape; }
  const FeatureShape& out() const { return network.feature(layer.output).shape; }
  const Values& in(std::size_t i) const { return memory[index(layer.inputs[i])]; }

  Values each(const std::function<double(std::int64_t, std::int64_t, std::int64_t, std::int64_t)>&
                  value) const {
    Values result;
    for (std::int64_t n = 0; n < out().images; ++n) {
      for (std::int64_t h = 0; h < out().height; ++h) {
        for (std::int64_t w = 0; w < out().width; ++w) {
          for (std::int64_t c = 0; c < out().channels; ++c) result.push_back(value(n, h, w, c));
        }
      }
    }
    return result;
  }

  double slide(const Window& window, std::int64_t h, std::int64_t w,
               const std::function<void(std::int64_t, std::int64_t, std::int64_t)>& visit) const {
    double count = 0;
    for (std::int64_t ky = 0; ky < window.kernel_height; ++ky) {
      for (std::int64_t kx = 0; kx < window.kernel_width; ++kx) {
        const std::int64_t y =
            h * window.stride_height + ky * window.dilation_height - window.pad_top;
        const std::int64_t x =
            w * window.stride_width + kx * window.dilation_width - window.pad_left;
        if (y < 0 || y >= shape(0).height || x < 0 || x >= shape(0).width) continue;
        visit(y, x, ky * window.kernel_width + kx);
        count += 1;
      }
    }
    return count;
  }

  Values operator()(const Gemm& gemm) const {
    const std::int64_t channels = gemm.channels_per_group(shape(0));
    const bool reads_whole_vectors =
        gemm.k != channels * gemm.window.kernel_height * gemm.window.kernel_width;
    std::int64_t vector = -1;
    return each([&](std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t f) {
      if (f == 0) ++vector;
      double sum =
          gemm.bias.empty() ? 0.0 : static_cast<double>(gemm.bias[static_cast<std::size_t>(f)]);
      const auto weight = [&](std::int64_t k) {
        return static_cast<double>((*gemm.weights)[static_cast<std::size_t>(f * gemm.k + k)]);
      };
      if (reads_whole_vectors) {
        for (std::int64_t k = 0; k < gemm.k; ++k) {
          sum += in(0)[static_cast<std::size_t>(vector * gemm.k + k)] * weight(k);
        }
        return sum;
      }
      const std::int64_t group = f / gemm.n;
      slide(gemm.window, h, w, [&](std::int64_t y, std::int64_t x, std::int64_t kernel) {
        for (std::int64_t c = 0; c < channels; ++c) {
          sum += in(0)[position(shape(0), n, y, x, group * channels + c)] *
                 weight(kernel * channels + c);
        }
      });
      return sum;
    });
  }

  Values operator()(const Pool& pool) const {
    return each([&](std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c) {
      double sum = 0;
      double largest = -std::numeric_limits<double>::infinity();
      double count = slide(pool.window, h, w, [&](std::int64_t y, std::int64_t x, std::int64_t) {
        const double value = in(0)[position(shape(0), n, y, x, c)];
        sum += value;
        largest = std::max(largest, value);
      });
      if (pool.kind == Pool::Kind::kMax) return largest;
      if (pool.count_padding) {
        count = static_cast<double>(pool.window.kernel_height * pool.window.kernel_width);
      }
      return sum / count;
    });
  }

  Values operator()(const Elementwise&) const { return in(0); }

  Values operator()(const Concatenation&) const {
    return each([&](std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c) {
      std::size_t i = 0;
      while (c >= shape(i).channels) c -= shape(i++).channels;
      return in(i)[position(shape(i), n, h, w, c)];
    });
  }

  Values operator()(const Softmax&) const {
    return each([&](std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c) {
      double sum = 0;
      for (std::int64_t other = 0; other < out().channels; ++other) {
        sum += std::exp(in(0)[position(shape(0), n, h, w, other)] -
                        in(0)[position(shape(0), n, h, w, c)]);
      }
      return 1 / sum;
    });
  }

  void take(const PostStep& step, Values& values) const {
    std::size_t i = 0;
    each([&](std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c) {
      double& value = values[i++];
      if (step.kind == PostStep::Kind::kActivation) {
        value = activate(step.activation, value);
        return 0.0;
      }
      const auto operand = static_cast<std::size_t>(step.operand);
      const FeatureShape& s = shape(operand);
      const bool one_place = s.height == 1 && s.width == 1;
      const double other = in(
          operand)[position(s, n, one_place ? 0 : h, one_place ? 0 : w, s.channels == 1 ? 0 : c)];
      value = step.kind == PostStep::Kind::kAdd ? value + other : value * other;
      return 0.0;
    });
  }
};

}  // namespace

std::map<std::string, Values> evaluate(const Graph& graph,
                                       const std::map<std::string, Values>& inputs) {
  std::map<std::string, Values> values = inputs;
  for (const GraphTensor& tensor : graph.tensors()) {
    if (tensor.is_constant && tensor.values) {
      values[tensor.name] = Values(tensor.values->begin(), tensor.values->end());
    }
  }
  for (const std::size_t i : topological_order(graph)) {
    const GraphNode& node = graph.nodes()[i];
    values[graph.tensor(node.outputs[0]).name] =
        std::visit(Evaluation{graph, node, values}, node.operation);
  }
  return values;
}

std::map<std::string, Values> evaluate(const Network& network,
                                       const std::map<std::string, Values>& inputs) {
  std::vector<Values> memory(network.features.size());
  for (const FeatureId id : network.inputs) {
    memory[index(id)] = exchanged(network.feature(id), inputs.at(network.feature(id).name), true);
  }
  for (const Layer& layer : network.layers) {
    const LayerEvaluation evaluation{network, layer, memory};
    Values values = std::visit(evaluation, layer.operation);
    for (const PostStep& step : layer.steps) evaluation.take(step, values);
    memory[index(layer.output)] = std::move(values);
  }
  std::map<std::string, Values> result;
  for (std::size_t i = 0; i < memory.size(); ++i) {
    result[network.features[i].name] = exchanged(network.features[i], memory[i], false);
  }
  return result;
}

}  // namespace systerm
