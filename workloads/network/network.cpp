// SPDX-License-Identifier: Apache-2.0
#include "workloads/network/network.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <unordered_set>

#include <fmt/format.h>

namespace systerm {

namespace {

std::string describe(const FeatureShape& shape) {
  return fmt::format("{} x {} x {} x {}", shape.images, shape.height, shape.width, shape.channels);
}

class LayerCheck {
 public:
  LayerCheck(const Network& network, const Layer& layer) : network_(network), layer_(layer) {}

  void run() const {
    require(!layer_.inputs.empty(), "has no input");
    for (const FeatureId id : layer_.inputs) check_id(id);
    check_id(layer_.output);
    std::visit([this](const auto& operation) { check(operation); }, layer_.operation);
    for (const PostStep& step : layer_.steps) check_step(step);
  }

 private:
  void require(bool condition, const std::string& message) const {
    if (condition) return;
    throw std::logic_error(fmt::format("network '{}', layer '{}' ({}): {}", network_.name,
                                       layer_.name, layer_.type, message));
  }

  void check_id(FeatureId id) const {
    require(index(id) < network_.features.size(), "refers to a feature that does not exist");
  }

  const FeatureShape& input() const { return network_.feature(layer_.inputs.front()).shape; }
  const FeatureShape& output() const { return network_.feature(layer_.output).shape; }

  void require_output(const FeatureShape& expected) const {
    require(output() == expected,
            fmt::format("output is {}, expected {}", describe(output()), describe(expected)));
  }

  void check_window(const Window& window) const {
    require(std::min({window.kernel_height, window.kernel_width, window.stride_height,
                      window.stride_width, window.dilation_height, window.dilation_width}) >= 1,
            "kernel, stride and dilation must be at least 1");
    require(std::min({window.pad_top, window.pad_left, window.pad_bottom, window.pad_right}) >= 0,
            "padding must not be negative");
  }

  FeatureShape slide(const Window& window, std::int64_t channels) const {
    const auto extent = [](std::int64_t in, std::int64_t kernel, std::int64_t stride,
                           std::int64_t dilation, std::int64_t padding) {
      const std::int64_t room = in + padding - (kernel - 1) * dilation - 1;
      return room < 0 ? 0 : room / stride + 1;
    };
    return {.images = input().images,
            .height = extent(input().height, window.kernel_height, window.stride_height,
                             window.dilation_height, window.pad_top + window.pad_bottom),
            .width = extent(input().width, window.kernel_width, window.stride_width,
                            window.dilation_width, window.pad_left + window.pad_right),
            .channels = channels};
  }

  void check(const Gemm& gemm) const {
    require(gemm.groups >= 1 && gemm.m >= 1 && gemm.k >= 1 && gemm.n >= 1,
            fmt::format("m {}, k {}, n {} and groups {} must be at least 1", gemm.m, gemm.k, gemm.n,
                        gemm.groups));
    check_window(gemm.window);
    if (gemm.second) return check_second(gemm);
    if (!gemm.taps.empty()) check_taps(gemm);
    const bool slides = input().channels % gemm.groups == 0 &&
                        gemm.k == gemm.positions() * gemm.channels_per_group(input());
    if (slides) {
      require_output(slide(gemm.window, gemm.filters()));
      require(output().images * output().height * output().width == gemm.m,
              fmt::format("m is {}, but the output is {}", gemm.m, describe(output())));
    } else {
      // A linear layer reads several positions as one vector.
      require(gemm.window == Window{} && gemm.groups == 1 &&
                  gemm.m * gemm.k == input().elements() && gemm.m * gemm.n == output().elements() &&
                  output().channels == gemm.n,
              fmt::format("m {}, k {}, n {} do not fit input {} and output {}", gemm.m, gemm.k,
                          gemm.n, describe(input()), describe(output())));
    }
    require(
        !gemm.weights || static_cast<std::int64_t>(gemm.weights->size()) == gemm.filters() * gemm.k,
        "the number of weights is not groups * n * k");
    require(gemm.bias.empty() || static_cast<std::int64_t>(gemm.bias.size()) == gemm.filters(),
            "the number of biases is not groups * n");
  }

  void check_taps(const Gemm& gemm) const {
    require(gemm.groups == 1 && std::ssize(gemm.taps) == input().channels,
            fmt::format("shifts {} channels of {} in {} groups", gemm.taps.size(), input().channels,
                        gemm.groups));
    require(std::ranges::all_of(gemm.taps,
                                [&](const ChannelTap& tap) {
                                  return tap.row >= 0 && tap.row < gemm.window.kernel_height &&
                                         tap.column >= 0 && tap.column < gemm.window.kernel_width;
                                }),
            "shifts a channel out of its window");
  }

  void check_second(const Gemm& gemm) const {
    require(layer_.inputs.size() >= 2, "has no second operand");
    const FeatureShape& second = network_.feature(layer_.inputs[1]).shape;
    const std::int64_t channels = gemm.second->sums_positions ? gemm.n : gemm.k;
    const std::int64_t positions = gemm.second->sums_positions ? gemm.k : gemm.n;
    const std::int64_t sharing = gemm.second->sharing;
    require(sharing >= 1 && gemm.groups % sharing == 0 && second.height == 1 &&
                second.images == input().images && second.width == positions &&
                second.channels == gemm.groups / sharing * channels,
            fmt::format("second operand {} does not fit {} groups of k {}, n {}", describe(second),
                        gemm.groups, gemm.k, gemm.n));
    require(!gemm.weights && gemm.bias.empty() && gemm.window == Window{} &&
                input().channels == gemm.groups * gemm.k &&
                gemm.m * gemm.groups * gemm.k == input().elements(),
            "is no product of two activations");
    FeatureShape expected = input();
    expected.channels = gemm.filters();
    require_output(expected);
  }

  void check(const Pool& pool) const {
    check_window(pool.window);
    require_output(slide(pool.window, input().channels));
  }

  void check(const Elementwise&) const { require_output(input()); }

  void check(const Concatenation&) const {
    FeatureShape expected = input();
    expected.channels = 0;
    for (const FeatureId id : layer_.inputs) {
      const FeatureShape& shape = network_.feature(id).shape;
      expected.channels += shape.channels;
      require(shape.images == expected.images && shape.height == expected.height &&
                  shape.width == expected.width,
              fmt::format("joins {} and {}", describe(input()), describe(shape)));
    }
    require_output(expected);
  }

  void check(const Softmax&) const { require_output(input()); }

  void check(const RowOperation& operation) const {
    std::vector<std::int64_t> channels;
    for (const FeatureId id : layer_.inputs) {
      const FeatureShape& shape = network_.feature(id).shape;
      const bool same_place = shape.height == output().height && shape.width == output().width;
      require(
          (shape.images == output().images || shape.images == 1) &&
              (same_place || (shape.height == 1 && shape.width == 1)),
          fmt::format("operand {} does not broadcast to {}", describe(shape), describe(output())));
      channels.push_back(shape.channels);
    }
    require(operation.function != nullptr &&
                operation.function->result_channels(channels) == output().channels,
            fmt::format("does not make {} of its operands", describe(output())));
  }

  void check(const Lookup&) const {
    require(layer_.inputs.size() >= 2, "needs numbers and a table");
    const Feature& numbers = network_.feature(layer_.inputs[0]);
    const FeatureShape& table = network_.feature(layer_.inputs[1]).shape;
    require(numbers.index_range == table.width && numbers.shape.channels == 1 &&
                table.images == 1 && table.height == 1,
            fmt::format("numbers below {} do not address the table {}", numbers.index_range,
                        describe(table)));
    FeatureShape expected = numbers.shape;
    expected.channels = table.channels;
    require_output(expected);
  }

  void check(const Rearrangement& rearrangement) const {
    std::int64_t elements = 0;
    for (const FeatureId id : layer_.inputs) elements += network_.feature(id).shape.elements();
    const auto& source = *rearrangement.source;
    require(
        static_cast<std::int64_t>(source.size()) == output().elements() &&
            std::ranges::all_of(source, [&](std::int32_t e) { return e >= -1 && e < elements; }),
        "its elements do not fit its inputs");
  }

  void check_step(const PostStep& step) const {
    if (step.kind == PostStep::Kind::kActivation) return;
    require(step.operand >= 0 && static_cast<std::size_t>(step.operand) < layer_.inputs.size(),
            fmt::format("a step uses input {} of {}", step.operand, layer_.inputs.size()));
    const FeatureShape& operand =
        network_.feature(layer_.inputs[static_cast<std::size_t>(step.operand)]).shape;
    const bool same_place =
        (operand.height == output().height && operand.width == output().width) ||
        (operand.height == 1 && operand.width == 1);
    const bool same_channels = operand.channels == output().channels || operand.channels == 1;
    require(
        (operand.images == output().images || operand.images == 1) && same_place && same_channels,
        fmt::format("operand {} does not broadcast to {}", describe(operand), describe(output())));
  }

  const Network& network_;
  const Layer& layer_;
};

}  // namespace

std::int64_t Network::macs() const {
  return std::accumulate(layers.begin(), layers.end(), std::int64_t{0},
                         [](std::int64_t sum, const Layer& layer) {
                           return sum + (layer.gemm() ? layer.gemm()->macs() : 0);
                         });
}

std::int64_t Network::parameters() const {
  std::int64_t sum = 0;
  for (const Layer& layer : layers) {
    if (const Gemm* gemm = layer.gemm(); gemm && !gemm->second && !gemm->weights_of) {
      if (!gemm->is_tied) sum += gemm->filters() * gemm->k;
      sum += static_cast<std::int64_t>(gemm->bias.size());
    }
    if (const auto* row = std::get_if<RowOperation>(&layer.operation)) {
      sum += row->function->parameters();
    }
  }
  for (const ConstantFeature& constant : constants) {
    if (constant.is_parameter) sum += feature(constant.feature).shape.elements();
  }
  return sum;
}

bool Network::has_weights() const {
  const auto is_complete = [](const Layer& layer) {
    const Gemm* gemm = layer.gemm();
    return !gemm || gemm->second || gemm->weights != nullptr;
  };
  return std::ranges::all_of(layers, is_complete) &&
         std::ranges::all_of(
             constants, [](const ConstantFeature& constant) { return constant.values != nullptr; });
}

void validate(const Network& network) {
  const auto require = [&](bool condition, const std::string& message) {
    if (!condition) {
      throw std::logic_error(fmt::format("network '{}': {}", network.name, message));
    }
  };
  for (const Feature& feature : network.features) {
    const FeatureShape& shape = feature.shape;
    require(std::min({shape.images, shape.height, shape.width, shape.channels}) >= 1,
            fmt::format("feature '{}' is empty: {}", feature.name, describe(shape)));
  }

  std::unordered_set<std::size_t> produced;
  for (const Layer& layer : network.layers) produced.insert(index(layer.output));

  std::unordered_set<std::size_t> available;
  for (const FeatureId id : network.inputs) {
    require(index(id) < network.features.size(), "an input refers to no feature");
    available.insert(index(id));
  }
  for (const ConstantFeature& constant : network.constants) {
    require(index(constant.feature) < network.features.size(), "a constant refers to no feature");
    available.insert(index(constant.feature));
    require(!constant.values || static_cast<std::int64_t>(constant.values->size()) ==
                                    network.feature(constant.feature).shape.elements(),
            fmt::format("constant '{}' has another number of values than its shape",
                        network.feature(constant.feature).name));
  }
  std::unordered_set<std::string> names;
  for (const Layer& layer : network.layers) {
    require(names.insert(layer.name).second, fmt::format("two layers are named '{}'", layer.name));
    LayerCheck(network, layer).run();
    for (const FeatureId id : layer.inputs) {
      // What an unmodelled operator makes has no layer.
      const bool is_unmodelled = !network.unmodelled.empty() && !produced.contains(index(id));
      require(available.contains(index(id)) || is_unmodelled,
              fmt::format("layer '{}' reads '{}' before it is made", layer.name,
                          network.feature(id).name));
    }
    require(available.insert(index(layer.output)).second,
            fmt::format("'{}' is made twice", network.feature(layer.output).name));
  }
  for (const FeatureId id : network.outputs) {
    require(index(id) < network.features.size() && available.contains(index(id)),
            "an output is not made by any layer");
  }
}

ModelStorage stored_in_model(const Network& network) {
  ModelStorage storage;
  for (const Feature& feature : network.features) storage.activations += feature.codes.has_value();
  for (const Layer& layer : network.layers) {
    const Gemm* gemm = layer.gemm();
    storage.weights += gemm != nullptr && !gemm->weight_scales.empty();
  }
  return storage;
}

}  // namespace systerm
