// SPDX-License-Identifier: Apache-2.0
#include "workloads/zoo/graph_document.h"

#include <array>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "workloads/document/document.h"
#include "workloads/document/nearest_name.h"
#include "workloads/graph/shape_inference.h"

namespace systerm {

namespace {

enum class LayerType : std::uint8_t {
  kConvolution,
  kLinear,
  kMaxPool,
  kAveragePool,
  kGlobalAveragePool,
  kAdd,
  kMultiply,
  kConcatenation,
  kActivation,
  kFlatten,
  kSoftmax,
};

constexpr std::array kLayerTypes{
    Choice{"convolution", LayerType::kConvolution},
    Choice{"linear", LayerType::kLinear},
    Choice{"max_pool", LayerType::kMaxPool},
    Choice{"average_pool", LayerType::kAveragePool},
    Choice{"global_average_pool", LayerType::kGlobalAveragePool},
    Choice{"add", LayerType::kAdd},
    Choice{"multiply", LayerType::kMultiply},
    Choice{"concatenation", LayerType::kConcatenation},
    Choice{"activation", LayerType::kActivation},
    Choice{"flatten", LayerType::kFlatten},
    Choice{"softmax", LayerType::kSoftmax},
};

enum class Norm : std::uint8_t { kNone, kBatch };
constexpr std::array kNorms{Choice{"none", Norm::kNone}, Choice{"batch", Norm::kBatch}};

/// Functions that need no parameter of their own; relu6 brings its bound.
constexpr std::array kActivations{
    Choice{"none", ActivationFunction::kIdentity},
    Choice{"relu", ActivationFunction::kRelu},
    Choice{"relu6", ActivationFunction::kClip},
    Choice{"sigmoid", ActivationFunction::kSigmoid},
    Choice{"tanh", ActivationFunction::kTanh},
    Choice{"swish", ActivationFunction::kSwish},
    Choice{"hard_swish", ActivationFunction::kHardSwish},
    Choice{"gelu", ActivationFunction::kGelu},
};

constexpr std::int64_t kLargestExtent = 1 << 20;
constexpr IntegerRange kPositive{.minimum = 1, .maximum = kLargestExtent};
constexpr IntegerRange kNotNegative{.minimum = 0, .maximum = kLargestExtent};

class GraphReader {
 public:
  GraphReader(std::int64_t batch, Diagnostics& diagnostics)
      : batch_(batch), diagnostics_(diagnostics) {}

  GraphDocument read(const Node& node) {
    Mapping root = node.mapping();
    result_.graph.source = "zoo";
    root.text("network", result_.graph.name, Presence::kRequired);
    root.text("description", result_.description, Presence::kRequired);
    root.section("input", [&](Mapping& input) { read_input(input); });
    for (const Node& layer : root.items("layers", Presence::kRequired)) {
      Mapping mapping = layer.mapping();
      // Later layers would only repeat what an earlier one got wrong.
      if (!read_layer(mapping)) break;
    }
    if (!previous_.empty() && diagnostics_.empty()) graph().add_output(by_name_.at(previous_));
    return std::move(result_);
  }

 private:
  Graph& graph() { return result_.graph; }

  void read_input(Mapping& mapping) {
    std::string name = "input";
    std::int64_t channels = 0;
    std::int64_t height = 0;
    std::int64_t width = 0;
    mapping.text("name", name);
    mapping.integer("channels", channels, kPositive, Presence::kRequired);
    mapping.integer("height", height, kPositive, Presence::kRequired);
    mapping.integer("width", width, kPositive, Presence::kRequired);
    if (!diagnostics_.empty()) return;
    by_name_[name] = graph().add_input(name, {batch_, channels, height, width});
    previous_ = name;
  }

  bool read_layer(Mapping& mapping) {
    std::string name;
    LayerType type{};
    const bool is_named = mapping.text("name", name, Presence::kRequired);
    const bool is_typed = mapping.choice("type", type, kLayerTypes, Presence::kRequired);
    if (!is_named || !is_typed || !diagnostics_.empty()) return false;
    layer_ = name;
    stages_.clear();
    std::vector<TensorId> inputs = read_inputs(mapping);
    if (inputs.empty()) return false;
    read_operation(mapping, type, inputs);
    if (type == LayerType::kConvolution) read_norm(mapping);
    read_activation(mapping, type);
    mapping.finish();
    if (!diagnostics_.empty()) return false;
    try {
      build(std::move(inputs));
    } catch (const GraphError& error) {
      mapping.node().error(error.what());
      return false;
    }
    previous_ = name;
    return true;
  }

  std::vector<TensorId> read_inputs(Mapping& mapping) {
    std::vector<std::pair<std::string, Node>> names;
    if (const auto from = mapping.find("from")) {
      if (from->is_sequence()) {
        for (const Node& item : from->items()) {
          if (const auto name = item.text()) names.emplace_back(*name, item);
        }
      } else if (const auto name = from->text()) {
        names.emplace_back(*name, *from);
      }
    } else {
      names.emplace_back(previous_, mapping.node());
    }
    std::vector<TensorId> inputs;
    for (const auto& [name, node] : names) {
      const auto found = by_name_.find(name);
      if (found == by_name_.end()) {
        std::vector<std::string> known;
        for (const auto& entry : by_name_) known.push_back(entry.first);
        const auto nearest = nearest_name(name, known);
        node.error(fmt::format("there is no layer '{}' above{}", name,
                               nearest ? fmt::format("; did you mean '{}'?", *nearest) : ""));
        return {};
      }
      inputs.push_back(found->second);
    }
    return inputs;
  }

  /// One number for both axes, or [height, width].
  void read_pair(Mapping& mapping, std::string_view key, std::int64_t& height, std::int64_t& width,
                 IntegerRange range, Presence presence = Presence::kOptional) {
    const auto node = presence == Presence::kRequired
                          ? std::optional(mapping.require(key, expected_integer(range)))
                          : mapping.find(key);
    if (!node || node->is_silent()) return;
    if (!node->is_sequence()) {
      height = width = node->integer(range).value_or(height);
      return;
    }
    const std::vector<Node> items = node->items();
    if (items.size() != 2) {
      node->mismatch("one number, or [height, width]");
      return;
    }
    height = items[0].integer(range).value_or(height);
    width = items[1].integer(range).value_or(width);
  }

  Window read_window(Mapping& mapping, bool stride_is_kernel) {
    Window window;
    read_pair(mapping, "kernel", window.kernel_height, window.kernel_width, kPositive,
              Presence::kRequired);
    if (stride_is_kernel) {
      window.stride_height = window.kernel_height;
      window.stride_width = window.kernel_width;
    }
    read_pair(mapping, "stride", window.stride_height, window.stride_width, kPositive);
    read_pair(mapping, "dilation", window.dilation_height, window.dilation_width, kPositive);
    read_pair(mapping, "padding", window.pad_top, window.pad_left, kNotNegative);
    window.pad_bottom = window.pad_top;
    window.pad_right = window.pad_left;
    return window;
  }

  TensorId parameter(const std::string& suffix, Shape shape) {
    return graph().add_constant(layer_ + suffix, std::move(shape));
  }

  void read_operation(Mapping& mapping, LayerType type, std::vector<TensorId>& inputs) {
    const Shape data = *graph().tensor(inputs.front()).shape;
    switch (type) {
      case LayerType::kConvolution: {
        if (data.size() != 4) {
          mapping.node().error(fmt::format("reads {}, which is no image", to_string(data)));
          return;
        }
        filters_ = 0;
        op::Convolution convolution;
        mapping.integer("filters", filters_, kPositive, Presence::kRequired);
        convolution.window = read_window(mapping, false);
        const bool is_divided = mapping.integer("groups", convolution.groups, kPositive);
        bool is_biased = true;
        const bool bias_is_given = mapping.boolean("bias", is_biased);
        if (!bias_is_given) is_biased = !mapping.has("norm");
        if (!diagnostics_.empty()) return;
        if (is_divided && data[1] % convolution.groups != 0) {
          mapping.node().error_at("groups", fmt::format("{} groups do not divide {} channels",
                                                        convolution.groups, data[1]));
          return;
        }
        inputs.push_back(parameter(
            ".weight", {filters_, data[1] / convolution.groups, convolution.window.kernel_height,
                        convolution.window.kernel_width}));
        if (is_biased) inputs.push_back(parameter(".bias", {filters_}));
        stages_.push_back({"sum", convolution, {}});
        return;
      }
      case LayerType::kLinear: {
        std::int64_t features = 0;
        bool is_biased = true;
        mapping.integer("features", features, kPositive, Presence::kRequired);
        mapping.boolean("bias", is_biased);
        if (!diagnostics_.empty()) return;
        inputs.push_back(parameter(".weight", {features, data.back()}));
        if (is_biased) inputs.push_back(parameter(".bias", {features}));
        stages_.push_back({"sum", op::Linear{}, {}});
        return;
      }
      case LayerType::kMaxPool:
      case LayerType::kAveragePool: {
        const bool is_maximum = type == LayerType::kMaxPool;
        op::Pooling pooling{.kind = is_maximum ? Pool::Kind::kMax : Pool::Kind::kAverage,
                            .window = read_window(mapping, true)};
        if (!is_maximum) mapping.boolean("count_padding", pooling.count_padding);
        stages_.push_back({"pool", pooling, {}});
        return;
      }
      case LayerType::kGlobalAveragePool:
        stages_.push_back({"pool", op::GlobalPooling{}, {}});
        return;
      case LayerType::kAdd:
      case LayerType::kMultiply: {
        using Kind = op::Binary::Kind;
        stages_.push_back(
            {"result", op::Binary{type == LayerType::kAdd ? Kind::kAdd : Kind::kMultiply}, {}});
        return;
      }
      case LayerType::kConcatenation:
        stages_.push_back({"joined", op::Concatenate{.axis = 1}, {}});
        return;
      case LayerType::kActivation:
        return;
      case LayerType::kFlatten:
        stages_.push_back({"flat", op::Flatten{}, {}});
        return;
      case LayerType::kSoftmax:
        stages_.push_back({"softmax", op::Softmax{.axes = {1}}, {}});
        return;
    }
  }

  void read_norm(Mapping& mapping) {
    Norm norm = Norm::kNone;
    mapping.choice("norm", norm, kNorms);
    if (norm == Norm::kNone || !diagnostics_.empty()) return;
    std::vector<TensorId> parameters;
    for (const char* suffix : {"/norm.weight", "/norm.bias", "/norm.mean", "/norm.variance"}) {
      parameters.push_back(parameter(suffix, {filters_}));
    }
    stages_.push_back({"norm", op::BatchNorm{}, std::move(parameters)});
  }

  void read_activation(Mapping& mapping, LayerType type) {
    ActivationFunction function = ActivationFunction::kIdentity;
    // An activation of its own says which one under another key.
    const bool is_layer = type == LayerType::kActivation;
    mapping.choice(is_layer ? "function" : "activation", function, kActivations,
                   is_layer ? Presence::kRequired : Presence::kOptional);
    if (function == ActivationFunction::kIdentity && !is_layer) return;
    Activation activation{.function = function};
    if (function == ActivationFunction::kClip) activation.beta = 6.0F;
    stages_.push_back({"activation", op::Activate{activation}, {}});
  }

  /// The last stage makes the tensor that bears the layer's name.
  void build(std::vector<TensorId> inputs) {
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      Stage& stage = stages_[i];
      const bool is_first = i == 0;
      const bool is_last = i + 1 == stages_.size();
      const TensorId output =
          graph().add_tensor({.name = is_last ? layer_ : layer_ + "/" + stage.name});
      inputs.insert(inputs.end(), stage.parameters.begin(), stage.parameters.end());
      const GraphNode& node =
          graph().add_node({.name = is_first ? layer_ : layer_ + "/" + stage.name,
                            .type = stage.name,
                            .operation = std::move(stage.operation),
                            .inputs = std::move(inputs),
                            .outputs = {output}});
      infer_shapes(graph(), node);
      inputs = {output};
    }
    by_name_[layer_] = inputs.front();
  }

  struct Stage {
    std::string name;
    Operator operation;
    std::vector<TensorId> parameters;
  };

  std::int64_t batch_;
  Diagnostics& diagnostics_;
  GraphDocument result_;
  std::map<std::string, TensorId> by_name_;
  std::string previous_;
  // Of the layer that is being read.
  std::string layer_;
  std::vector<Stage> stages_;
  std::int64_t filters_ = 0;
};

}  // namespace

GraphDocument parse_graph_document(std::string_view text, std::string source, std::int64_t batch) {
  Diagnostics diagnostics;
  const Document document = Document::parse(text, std::move(source), diagnostics);
  GraphDocument result = GraphReader(batch, diagnostics).read(document.root());
  diagnostics.throw_if_any();
  return result;
}

}  // namespace systerm
