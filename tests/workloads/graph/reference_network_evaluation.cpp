// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <span>
#include <stdexcept>
#include <utility>

#include "tests/workloads/graph/reference_evaluation.h"

namespace systerm {
namespace {

using Values = std::vector<double>;

double activate(const Activation& activation, double x) {
  return static_cast<double>(apply(activation, static_cast<float>(x)));
}

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
    if (gemm.second) return product(gemm);
    const std::int64_t channels = gemm.channels_per_group(shape(0));
    const bool reads_whole_vectors = gemm.k != channels * gemm.positions();
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
          if (!gemm.taps.empty()) {
            const ChannelTap& tap = gemm.taps[static_cast<std::size_t>(c)];
            if (tap.row * gemm.window.kernel_width + tap.column != kernel) continue;
          }
          sum += in(0)[position(shape(0), n, y, x, group * channels + c)] *
                 weight(gemm.taps.empty() ? kernel * channels + c : c);
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

  /// What the function does is compared with the graph's operator.
  Values operator()(const RowOperation& operation) const {
    Values result;
    for (std::int64_t n = 0; n < out().images; ++n) {
      for (std::int64_t h = 0; h < out().height; ++h) {
        for (std::int64_t w = 0; w < out().width; ++w) {
          std::vector<std::vector<float>> rows;
          for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
            const FeatureShape& s = shape(i);
            auto& row = rows.emplace_back();
            for (std::int64_t c = 0; c < s.channels; ++c) {
              row.push_back(static_cast<float>(in(i)[position(
                  s, s.images == 1 ? 0 : n, s.height == 1 ? 0 : h, s.width == 1 ? 0 : w, c)]));
            }
          }
          std::vector<std::span<const float>> views(rows.begin(), rows.end());
          std::vector<float> row(static_cast<std::size_t>(out().channels));
          operation.function->apply(views, {n, h, w}, row);
          result.insert(result.end(), row.begin(), row.end());
        }
      }
    }
    return result;
  }

  Values operator()(const Lookup&) const {
    return each([&](std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c) {
      const auto row = static_cast<std::int64_t>(in(0)[position(shape(0), n, h, w, 0)]);
      return in(1)[position(shape(1), 0, 0, row, c)];
    });
  }

  Values operator()(const Rearrangement& rearrangement) const {
    Values all;
    for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
      all.insert(all.end(), in(i).begin(), in(i).end());
    }
    Values result;
    for (const std::int32_t element : *rearrangement.source) {
      result.push_back(element < 0 ? 0.0 : all[static_cast<std::size_t>(element)]);
    }
    return result;
  }

  Values product(const Gemm& gemm) const {
    const std::int64_t shared_channels = shape(1).channels / (gemm.groups / gemm.second->sharing);
    return each([&](std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c) {
      const std::int64_t group = c / gemm.n;
      const std::int64_t first = group / gemm.second->sharing * shared_channels;
      double sum = 0;
      for (std::int64_t k = 0; k < gemm.k; ++k) {
        const double factor = gemm.second->sums_positions
                                  ? in(1)[position(shape(1), n, 0, k, first + c % gemm.n)]
                                  : in(1)[position(shape(1), n, 0, c % gemm.n, first + k)];
        sum += in(0)[position(shape(0), n, h, w, group * gemm.k + k)] * factor;
      }
      return sum * static_cast<double>(gemm.factor);
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
      const double other = in(operand)[position(s, s.images == 1 ? 0 : n, one_place ? 0 : h,
                                                one_place ? 0 : w, s.channels == 1 ? 0 : c)];
      value = step.kind == PostStep::Kind::kAdd ? value + other : value * other;
      return 0.0;
    });
  }
};

}  // namespace

std::map<std::string, Values> evaluate(const Network& network,
                                       const std::map<std::string, Values>& inputs) {
  std::vector<Values> memory(network.features.size());
  for (const FeatureId id : network.inputs) {
    memory[index(id)] = exchanged(network.feature(id), inputs.at(network.feature(id).name), true);
  }
  for (const ConstantFeature& constant : network.constants) {
    memory[index(constant.feature)].assign(constant.values->begin(), constant.values->end());
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
