// SPDX-License-Identifier: Apache-2.0
#include "tests/workloads/graph/reference_evaluation.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <functional>
#include <limits>
#include <span>
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
      Shape left = at;
      Shape right = at;
      for (std::int64_t k = 0; k < shape(0).back(); ++k) {
        left.back() = k;
        right[at.size() - 2] = k;
        sum += in(0)[broadcast_offset(shape(0), left)] * in(1)[broadcast_offset(shape(1), right)];
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
  Values operator()(const op::Quantize&) const { return in(0); }

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
    const auto is_visible = [&](const Shape& from) {
      return !softmax.is_causal || from[axis] <= from[from.size() - 2] + softmax.visible_before;
    };
    const auto score = [&](const Shape& from) {
      const double mask = node.inputs.size() > 1 ? in(1)[broadcast_offset(shape(1), from)] : 0.0;
      return in(0)[offset(shape(0), from)] + mask;
    };
    return each([&](const Shape& at) {
      if (!is_visible(at)) return 0.0;
      double sum = 0;
      Shape from = at;
      for (from[axis] = 0; from[axis] < shape(0)[axis]; ++from[axis]) {
        if (is_visible(from)) sum += std::exp(score(from) - score(at));
      }
      return 1 / sum;
    });
  }

  Values operator()(const op::Norm& norm) const {
    return each([&](const Shape& at) {
      Shape from = at;
      double sum = 0;
      double squares = 0;
      for (from.back() = 0; from.back() < shape(0).back(); ++from.back()) {
        const double value = in(0)[offset(shape(0), from)];
        sum += value;
        squares += value * value;
      }
      const auto count = static_cast<double>(shape(0).back());
      const double mean = norm.subtracts_mean ? sum / count : 0;
      const double spread = squares / count - mean * mean + norm.epsilon;
      double value = (in(0)[offset(shape(0), at)] - mean) / std::sqrt(spread);
      const auto c = static_cast<std::size_t>(at.back());
      if (node.inputs.size() > 1) value *= in(1)[c];
      if (node.inputs.size() > 2) value += in(2)[c];
      return value;
    });
  }

  /// As a product of complex numbers.
  Values operator()(const op::Rotary& rotary) const {
    const RotaryEmbedding& embedding = rotary.embedding;
    const std::int64_t half = embedding.head_channels / 2;
    return each([&](const Shape& at) {
      const std::int64_t head = at[2] / embedding.head_channels * embedding.head_channels;
      const std::int64_t i = at[2] - head;
      const std::int64_t pair = embedding.is_interleaved ? i / 2 : i % half;
      const bool is_second = embedding.is_interleaved ? i % 2 == 1 : i >= half;
      Shape first = at;
      Shape second = at;
      first[2] = head + (embedding.is_interleaved ? 2 * pair : pair);
      second[2] = first[2] + (embedding.is_interleaved ? 1 : half);
      const std::complex<double> value(in(0)[offset(shape(0), first)],
                                       in(0)[offset(shape(0), second)]);
      const double angle =
          static_cast<double>(at[1] + embedding.first_position) /
          std::pow(embedding.base, static_cast<double>(pair) / static_cast<double>(half));
      const std::complex<double> rotated = value * std::polar(1.0, angle);
      return is_second ? rotated.imag() : rotated.real();
    });
  }

  Values operator()(const op::Lookup&) const {
    return each([&](const Shape& at) {
      const Shape numbers(at.begin(), at.end() - 1);
      const auto row = static_cast<std::int64_t>(in(0)[offset(shape(0), numbers)]);
      return in(1)[offset(shape(1), {row, at.back()})];
    });
  }

  Values operator()(const op::Slice& slice) const {
    return each([&](const Shape& at) {
      Shape from = at;
      for (std::size_t i = 0; i < at.size(); ++i) {
        from[i] = slice.begin[i] + at[i] * slice.step[i];
      }
      return in(0)[offset(shape(0), from)];
    });
  }

  Values operator()(const op::Expand&) const {
    return each([&](const Shape& at) { return in(0)[broadcast_offset(shape(0), at)]; });
  }

  Values operator()(const op::Select& select) const {
    return each([&](const Shape& at) {
      Shape from = at;
      for (std::size_t i = 0; i < at.size(); ++i) {
        from[i] = select.source[i][static_cast<std::size_t>(at[i])];
      }
      return in(0)[offset(shape(0), from)];
    });
  }

  Values operator()(const op::Shift& shift) const {
    return each([&](const Shape& at) {
      const op::Shift::Offset& offset_of = shift.offsets[static_cast<std::size_t>(at[1])];
      const Shape from{at[0], at[1], at[2] - offset_of.row, at[3] - offset_of.column};
      const bool is_inside =
          from[2] >= 0 && from[2] < shape(0)[2] && from[3] >= 0 && from[3] < shape(0)[3];
      return is_inside ? in(0)[offset(shape(0), from)] : 0.0;
    });
  }

  /// Scatters every input element, as the operator is defined.
  Values operator()(const op::TransposedConvolution& convolution) const {
    const Window& window = convolution.window;
    Values sums(static_cast<std::size_t>(element_count(result_shape())), 0.0);
    for_each_index(result_shape(), [&](const Shape& to) {
      if (node.inputs.size() > 2) {
        sums[offset(result_shape(), to)] = in(2)[static_cast<std::size_t>(to[1])];
      }
    });
    const std::int64_t channels = shape(0)[1] / convolution.groups;
    for_each_index(shape(0), [&](const Shape& from) {
      for_each_index({shape(1)[1], window.kernel_height, window.kernel_width}, [&](const Shape& k) {
        const std::int64_t row =
            from[2] * window.stride_height + k[1] * window.dilation_height - window.pad_top;
        const std::int64_t column =
            from[3] * window.stride_width + k[2] * window.dilation_width - window.pad_left;
        if (row < 0 || column < 0 || row >= result_shape()[2] || column >= result_shape()[3]) {
          return;
        }
        const std::int64_t filter = from[1] / channels * shape(1)[1] + k[0];
        sums[offset(result_shape(), {from[0], filter, row, column})] +=
            in(0)[offset(shape(0), from)] * in(1)[offset(shape(1), {from[1], k[0], k[1], k[2]})];
      });
    });
    return sums;
  }

  /// One position after the other, with the sums written out.
  Values operator()(const op::Recurrent& recurrent) const {
    const std::int64_t units = recurrent.units;
    const std::int64_t rows = recurrent.gates() * units;
    const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
    Values result(static_cast<std::size_t>(element_count(result_shape())));
    for (std::int64_t n = 0; n < shape(0)[0]; ++n) {
      Values h(static_cast<std::size_t>(units), 0.0);
      Values c = h;
      for (std::int64_t step = 0; step < shape(0)[1]; ++step) {
        const std::int64_t t = recurrent.is_reverse ? shape(0)[1] - 1 - step : step;
        Values x(static_cast<std::size_t>(rows), 0.0);
        Values y = x;
        for (std::int64_t r = 0; r < rows; ++r) {
          const auto row = static_cast<std::size_t>(r);
          if (node.inputs.size() > 3) {
            x[row] = in(3)[row];
            y[row] = in(3)[static_cast<std::size_t>(rows + r)];
          }
          for (std::int64_t i = 0; i < shape(0)[2]; ++i) {
            x[row] += in(1)[offset(shape(1), {r, i})] * in(0)[offset(shape(0), {n, t, i})];
          }
          for (std::int64_t i = 0; i < units; ++i) {
            y[row] += in(2)[offset(shape(2), {r, i})] * h[static_cast<std::size_t>(i)];
          }
        }
        const auto u = static_cast<std::size_t>(units);
        for (std::size_t i = 0; i < u; ++i) {
          if (recurrent.kind == op::Recurrent::Kind::kLstm) {
            c[i] = sigmoid(x[2 * u + i] + y[2 * u + i]) * c[i] +
                   sigmoid(x[i] + y[i]) * std::tanh(x[3 * u + i] + y[3 * u + i]);
            h[i] = sigmoid(x[u + i] + y[u + i]) * std::tanh(c[i]);
          } else {
            const double z = sigmoid(x[i] + y[i]);
            const double reset = sigmoid(x[u + i] + y[u + i]);
            h[i] = (1 - z) * std::tanh(x[2 * u + i] + reset * y[2 * u + i]) + z * h[i];
          }
          result[offset(result_shape(), {n, t, static_cast<std::int64_t>(i)})] = h[i];
        }
      }
    }
    return result;
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

}  // namespace systerm
