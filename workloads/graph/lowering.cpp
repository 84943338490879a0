// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/lowering.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "workloads/graph/activation_patterns.h"
#include "workloads/graph/layout.h"
#include "workloads/graph/shape_inference.h"

namespace systerm {

namespace {

/// The node at hand has no layer, for this reason.
struct Unplaceable {
  std::string reason;
};

constexpr const char* kRearranged = "its input would have to be rearranged in memory";

/// What a tensor of the graph has become.
struct Value {
  enum class Kind : std::uint8_t {
    kUnknown,  ///< depends on an unmodelled operator in shape and value
    kUnmade,   ///< only its shape is known; becomes a feature when a layer reads it
    kFeature,
  };
  Kind kind = Kind::kUnknown;
  FeatureId feature{};
  Layout layout{};
  bool is_exclusive = false;  ///< no other tensor is a view of the same feature
  Window padding{};           ///< zero padding that the reader still has to apply
};

/// Factors and summands of a value, one each or one a channel.
struct Affine {
  std::vector<double> scale{1.0};
  std::vector<double> shift{0.0};
  bool scale_is_known = true;
  bool has_shift = false;
};

FeatureShape image_shape(const Shape& shape) {
  return {.images = shape[0],
          .height = shape.size() == 4 ? shape[2] : 1,
          .width = shape.size() > 2 ? shape.back() : 1,
          .channels = shape[1]};
}

FeatureShape rows_shape(const Shape& shape) {
  FeatureShape result;
  if (!shape.empty()) result.channels = shape.back();
  if (shape.size() >= 2) result.images = shape.front();
  if (shape.size() >= 3) result.width = shape[shape.size() - 2];
  for (std::size_t i = 1; i + 2 < shape.size(); ++i) result.height *= shape[i];
  return result;
}

/// Shape under which the outside passes a feature: rank 4 is n, c, h, w, any other is in memory
/// order.
Shape exchange_shape(const FeatureShape& feature, const Shape& shape, const Layout& layout) {
  if (shape.size() == 4 && layout == channels_last(shape)) return shape;
  if (shape.size() != 4 && layout == source_order(shape)) return shape;
  if (feature.height == 1 && feature.width == 1) return {feature.images, feature.channels};
  return {feature.images, feature.channels, feature.height, feature.width};
}

bool keeps_nonnegative(const Activation& activation) {
  switch (activation.function) {
    case ActivationFunction::kClip:
      return activation.beta >= 0.0F;
    case ActivationFunction::kIdentity:
    case ActivationFunction::kRelu:
    case ActivationFunction::kLeakyRelu:
    case ActivationFunction::kSigmoid:
    case ActivationFunction::kHardSigmoid:
    case ActivationFunction::kTanh:
    case ActivationFunction::kSwish:
    case ActivationFunction::kHardSwish:
    case ActivationFunction::kGelu:
      return true;
  }
  return false;
}

std::string convolution_type(const Gemm& gemm, const FeatureShape& input) {
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

class Lowering {
 public:
  explicit Lowering(const Graph& graph)
      : graph_(graph),
        patterns_(find_activation_patterns(graph)),
        values_(graph.tensors().size()) {}

  Network run() {
    network_.name = graph_.name;
    network_.source = graph_.source;
    const std::vector<std::size_t> order = live_nodes();
    count_uses(order);
    for (const TensorId input : graph_.inputs()) add_input(input);
    for (const std::size_t i : order) lower(i);
    for (const TensorId output : graph_.outputs()) {
      const Value& value = values_[index(output)];
      if (value.kind == Value::Kind::kFeature &&
          std::ranges::find(network_.outputs, value.feature) == network_.outputs.end()) {
        network_.outputs.push_back(value.feature);
      }
    }
    return std::move(network_);
  }

 private:
  // ---- the graph
  // ---------------------------------------------------------------------------------

  /// In topological order, those that an output depends on.
  std::vector<std::size_t> live_nodes() const {
    const std::vector<std::size_t> order = topological_order(graph_);
    std::vector<bool> needed(graph_.tensors().size(), false);
    for (const TensorId output : graph_.outputs()) needed[index(output)] = true;
    std::vector<std::size_t> live;
    for (auto i = order.rbegin(); i != order.rend(); ++i) {
      const GraphNode& node = graph_.nodes()[*i];
      const bool is_live =
          std::ranges::any_of(node.outputs, [&](TensorId output) { return needed[index(output)]; });
      if (!is_live || patterns_.absorbed.contains(*i)) continue;
      for (const TensorId input : inputs_of(*i)) needed[index(input)] = true;
      live.push_back(*i);
    }
    std::ranges::reverse(live);
    return live;
  }

  std::vector<TensorId> inputs_of(std::size_t node) const {
    const auto match = patterns_.completed_by.find(node);
    if (match != patterns_.completed_by.end()) return {match->second.data};
    return graph_.nodes()[node].inputs;
  }

  void count_uses(const std::vector<std::size_t>& order) {
    uses_.assign(graph_.tensors().size(), 0);
    readers_.resize(graph_.tensors().size());
    for (const std::size_t i : order) {
      for (const TensorId input : inputs_of(i)) {
        ++uses_[index(input)];
        readers_[index(input)].push_back(i);
      }
    }
    for (const TensorId output : graph_.outputs()) {
      ++uses_[index(output)];
      is_output_.insert(index(output));
    }
  }

  const Shape& shape(TensorId id) const {
    const GraphTensor& tensor = graph_.tensor(id);
    if (!tensor.shape) throw Unplaceable{fmt::format("the shape of '{}' is unknown", tensor.name)};
    return *tensor.shape;
  }

  // ---- features and layers
  // -----------------------------------------------------------------------

  FeatureId add_feature(Feature feature) {
    const auto id = static_cast<FeatureId>(network_.features.size());
    network_.features.push_back(std::move(feature));
    maker_.emplace_back();
    is_read_.push_back(false);
    return id;
  }

  FeatureId add_feature(TensorId tensor, const FeatureShape& feature_shape, const Layout& layout) {
    return add_feature({.name = graph_.tensor(tensor).name,
                        .shape = feature_shape,
                        .source_shape = exchange_shape(feature_shape, shape(tensor), layout)});
  }

  void add_input(TensorId id) {
    const Shape& extents = shape(id);
    Value value{.kind = Value::Kind::kFeature, .is_exclusive = true};
    if (is_image(id)) {
      value.layout = channels_last(extents);
      value.feature = add_feature(id, image_shape(extents), value.layout);
    } else {
      value.layout = source_order(extents);
      value.feature = add_feature(id, rows_shape(extents), value.layout);
    }
    network_.inputs.push_back(value.feature);
    values_[index(id)] = std::move(value);
  }

  /// Whether an input of the network has its channels on axis 1. Rank 3 alone does not tell a
  /// signal from a sequence of vectors, and rank 4 may come with the channels last: the readers
  /// decide.
  bool is_image(TensorId id) const {
    const std::size_t rank = shape(id).size();
    const auto& readers = readers_[index(id)];
    if (rank == 4) {
      const auto moves_channels = [&](std::size_t i) {
        const auto* transpose = std::get_if<op::Transpose>(&graph_.nodes()[i].operation);
        return transpose && transpose->permutation == std::vector<std::int64_t>{0, 3, 1, 2};
      };
      return readers.empty() || !std::ranges::all_of(readers, moves_channels);
    }
    if (rank != 3) return false;
    return std::ranges::any_of(readers, [&](std::size_t i) {
      const GraphNode& node = graph_.nodes()[i];
      const bool passes_on = std::holds_alternative<op::Identity>(node.operation) ||
                             std::holds_alternative<op::Activate>(node.operation) ||
                             std::holds_alternative<op::Pad>(node.operation);
      return std::holds_alternative<op::Convolution>(node.operation) ||
             std::holds_alternative<op::Pooling>(node.operation) ||
             std::holds_alternative<op::GlobalPooling>(node.operation) ||
             std::holds_alternative<op::BatchNorm>(node.operation) ||
             (passes_on && is_image(node.outputs.front()));
    });
  }

  /// The value of a data input, which must exist as a feature or be able to become one.
  Value& data(TensorId id) {
    const GraphTensor& tensor = graph_.tensor(id);
    if (tensor.is_constant) throw Unplaceable{fmt::format("'{}' is a constant", tensor.name)};
    Value& value = values_[index(id)];
    if (value.kind == Value::Kind::kUnknown) {
      throw Unplaceable{
          fmt::format("its input '{}' depends on an operator that is not modelled", tensor.name)};
    }
    return value;
  }

  /// Makes a feature of what an unmodelled operator produces.
  Value& materialise(TensorId id, const FeatureShape& feature_shape, const Layout& layout) {
    Value& value = data(id);
    if (value.kind == Value::Kind::kUnmade) {
      value = {.kind = Value::Kind::kFeature,
               .feature = add_feature(id, feature_shape, layout),
               .layout = layout};
    }
    return value;
  }

  Value& any_layout(TensorId id) {
    return materialise(id, rows_shape(shape(id)), source_order(shape(id)));
  }

  /// As [n][c][...] with the channels fastest in memory.
  Value& image(TensorId id) {
    Shape extents = shape(id);
    if (extents.size() < 3 || extents.size() > 4) {
      throw Unplaceable{fmt::format("data of shape {} are no image", to_string(extents))};
    }
    Value& value = materialise(id, image_shape(extents), channels_last(extents));
    // Padding that is still to be applied is in the shape, but not in memory.
    if (extents.size() == 4) extents[2] -= value.padding.pad_top + value.padding.pad_bottom;
    extents.back() -= value.padding.pad_left + value.padding.pad_right;
    if (value.layout != channels_last(extents)) throw Unplaceable{kRearranged};
    Feature& feature = network_.features[index(value.feature)];
    if (feature.shape == image_shape(extents)) return value;
    // An input of the network may still be declared as the first layer wants to see it.
    const bool is_free_input = !maker_[index(value.feature)] && !is_read_[index(value.feature)] &&
                               value.is_exclusive && uses_[index(id)] == 1;
    if (!is_free_input) throw Unplaceable{kRearranged};
    feature.shape = image_shape(extents);
    feature.source_shape = exchange_shape(feature.shape, extents, value.layout);
    return value;
  }

  void add_layer(const GraphNode& node, std::string type, Operation operation,
                 std::vector<FeatureId> inputs, std::vector<PostStep> steps, FeatureShape output,
                 const Layout& layout, std::optional<Shape> source_shape = {}) {
    const TensorId tensor = node.outputs.front();
    const FeatureId feature = add_feature(tensor, output, layout);
    if (source_shape) network_.features[index(feature)].source_shape = *std::move(source_shape);
    maker_[index(feature)] = network_.layers.size();
    for (const FeatureId input : inputs) is_read_[index(input)] = true;
    network_.layers.push_back({.name = node.name,
                               .type = std::move(type),
                               .operation = std::move(operation),
                               .steps = std::move(steps),
                               .inputs = std::move(inputs),
                               .output = feature});
    update_sign(network_.layers.back());
    values_[index(tensor)] = {
        .kind = Value::Kind::kFeature, .feature = feature, .layout = layout, .is_exclusive = true};
  }

  /// A layer of one step over a feature of any layout.
  void add_vector_layer(const GraphNode& node, std::string type, const Value& main,
                        std::vector<FeatureId> inputs, PostStep step) {
    const Feature feature = network_.feature(main.feature);
    add_layer(node, std::move(type), Elementwise{}, std::move(inputs), {step}, feature.shape,
              main.layout, feature.source_shape);
  }

  void update_sign(const Layer& layer) {
    const auto is_nonnegative_input = [&](std::size_t i) {
      return network_.feature(layer.inputs[i]).is_nonnegative;
    };
    bool result = is_nonnegative_input(0);
    if (layer.gemm()) result = false;
    if (std::holds_alternative<Softmax>(layer.operation)) result = true;
    if (std::holds_alternative<Concatenation>(layer.operation)) {
      for (std::size_t i = 0; i < layer.inputs.size(); ++i) result &= is_nonnegative_input(i);
    }
    for (const PostStep& step : layer.steps) {
      if (step.kind == PostStep::Kind::kActivation) {
        result = is_nonnegative(step.activation) || (result && keeps_nonnegative(step.activation));
      } else {
        result &= is_nonnegative_input(static_cast<std::size_t>(step.operand));
      }
    }
    network_.features[index(layer.output)].is_nonnegative = result;
  }

  /// The layer that can take a further step on the tensor: nobody else reads what it makes now.
  std::optional<std::size_t> fusable_layer(TensorId id) const {
    const Value& value = values_[index(id)];
    if (value.kind != Value::Kind::kFeature || !value.is_exclusive || uses_[index(id)] != 1) {
      return std::nullopt;
    }
    const auto& maker = maker_[index(value.feature)];
    if (!maker) return std::nullopt;
    const Operation& operation = network_.layers[*maker].operation;
    if (!std::holds_alternative<Gemm>(operation) &&
        !std::holds_alternative<Elementwise>(operation)) {
      return std::nullopt;
    }
    return maker;
  }

  /// After a layer has absorbed the node.
  void continue_as(TensorId from, TensorId to, std::size_t layer) {
    update_sign(network_.layers[layer]);
    values_[index(to)] = values_[index(from)];
    network_.features[index(values_[index(to)].feature)].name = graph_.tensor(to).name;
  }

  void alias(TensorId from, TensorId to, Layout layout) {
    const Value& source = values_[index(from)];
    Value value = source;
    value.layout = std::move(layout);
    value.is_exclusive = source.is_exclusive && uses_[index(from)] == 1;
    values_[index(to)] = std::move(value);
  }

  // ---- what has no layer
  // -------------------------------------------------------------------------

  std::int64_t macs_of(const GraphNode& node) const {
    if (const auto* unmodelled = std::get_if<op::Unmodelled>(&node.operation)) {
      return unmodelled->macs;
    }
    const auto known = [&](TensorId id) { return graph_.tensor(id).shape.has_value(); };
    if (node.inputs.size() < 2 || !known(node.inputs[0]) || !known(node.inputs[1]) ||
        !known(node.outputs.front())) {
      return 0;
    }
    const Shape& first = *graph_.tensor(node.inputs[0]).shape;
    const Shape& weights = *graph_.tensor(node.inputs[1]).shape;
    const std::int64_t results = element_count(*graph_.tensor(node.outputs.front()).shape);
    if (std::holds_alternative<op::MatMul>(node.operation) ||
        std::holds_alternative<op::Linear>(node.operation)) {
      return checked_macs(node, results, first.back(), 1);
    }
    if (std::holds_alternative<op::Convolution>(node.operation)) {
      return checked_macs(node, results, element_count(weights) / weights[0], 1);
    }
    return 0;
  }

  std::int64_t checked_macs(const GraphNode& node, std::int64_t a, std::int64_t b,
                            std::int64_t c) const {
    std::int64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product) || __builtin_mul_overflow(product, c, &product)) {
      throw GraphError(fmt::format("node '{}' ({}): needs more than 2^63 multiplications",
                                   node.name, node.type));
    }
    return product;
  }

  /// Values per channel are stored even for a model without weights: a damaged one must not fill
  /// memory.
  static void check_channels(const GraphNode& node, std::int64_t channels) {
    if (channels > std::int64_t{1} << 24) {
      throw GraphError(fmt::format("node '{}' ({}): {} channels", node.name, node.type, channels));
    }
  }

  void list_unmodelled(const GraphNode& node, const std::string& reason) {
    UnmodelledOperator unmodelled{
        .name = node.name, .type = node.type, .reason = reason, .macs = macs_of(node)};
    for (const TensorId output : node.outputs) {
      const auto& extents = graph_.tensor(output).shape;
      Value& value = values_[index(output)];
      value = {};
      if (!extents) continue;
      unmodelled.bytes += element_count(*extents);
      value.kind = Value::Kind::kUnmade;
    }
    network_.unmodelled.push_back(std::move(unmodelled));
  }

  void lower(std::size_t i) {
    const GraphNode& node = graph_.nodes()[i];
    try {
      const auto match = patterns_.completed_by.find(i);
      if (match != patterns_.completed_by.end()) {
        activate(node, match->second.data, match->second.activation);
      } else {
        std::visit([&](const auto& operation) { place(node, operation); }, node.operation);
      }
    } catch (const Unplaceable& unplaceable) {
      list_unmodelled(node, unplaceable.reason);
    }
  }

  // ---- constants
  // ---------------------------------------------------------------------------------

  const GraphTensor& constant(TensorId id) const {
    const GraphTensor& tensor = graph_.tensor(id);
    if (!tensor.is_constant) {
      throw Unplaceable{fmt::format("'{}' is computed, not a constant", tensor.name)};
    }
    return tensor;
  }

  static double at(const GraphTensor& tensor, std::size_t i) {
    return static_cast<double>((*tensor.values)[i]);
  }

  /// A bias of `filters` values from a constant that broadcasts along every other axis.
  std::vector<float> bias_of(TensorId id, std::int64_t filters, double scale) const {
    const GraphTensor& tensor = constant(id);
    const std::int64_t elements = element_count(*tensor.shape);
    if (elements != 1 && (elements != filters || tensor.shape->back() != filters)) {
      throw Unplaceable{fmt::format("a bias of shape {}", to_string(*tensor.shape))};
    }
    std::vector<float> bias(static_cast<std::size_t>(filters), 0.0F);
    if (!tensor.values) return bias;
    for (std::size_t i = 0; i < bias.size(); ++i) {
      bias[i] = static_cast<float>(scale * at(tensor, elements == 1 ? 0 : i));
    }
    return bias;
  }

  /// Extent of a constant operand that is one number or one number a channel of the data.
  std::size_t operand_extent(const GraphTensor& operand, TensorId data_id,
                             const Value& value) const {
    const Shape& extents = shape(data_id);
    const Shape& operand_shape = *operand.shape;
    std::optional<std::size_t> varying;
    for (std::size_t i = 0; i < operand_shape.size(); ++i) {
      if (operand_shape[i] == 1) continue;
      const std::size_t from_end = operand_shape.size() - i;
      if (varying || from_end > extents.size()) return 0;
      varying = extents.size() - from_end;
    }
    if (!varying) return 1;
    return is_channels(value, extents, *varying) ? static_cast<std::size_t>(extents[*varying]) : 0;
  }

  bool is_channels(const Value& value, const Shape& extents, std::size_t axis) const {
    return is_fastest(value.layout, axis) &&
           extents[axis] == network_.feature(value.feature).shape.channels;
  }

  // ---- operators
  // ---------------------------------------------------------------------------------

  void place(const GraphNode& node, const op::Convolution& convolution) {
    const GraphTensor& weights = constant(node.inputs[1]);
    const Value value = image(node.inputs[0]);
    const FeatureShape input = network_.feature(value.feature).shape;
    const Shape& output = shape(node.outputs.front());

    Gemm gemm{.window = padded(convolution.window, value), .groups = convolution.groups};
    const std::int64_t filters = (*weights.shape)[0];
    const std::int64_t positions = gemm.window.kernel_height * gemm.window.kernel_width;
    const std::int64_t channels = gemm.channels_per_group(input);
    gemm.n = filters / gemm.groups;
    gemm.k = positions * channels;
    gemm.m = image_shape(output).elements() / filters;
    checked_macs(node, gemm.m, gemm.k, filters);
    check_channels(node, filters);
    if (weights.values) {
      gemm.weights = std::make_shared<const std::vector<float>>(
          channels_fastest(*weights.values, filters, channels, positions));
    }
    if (node.inputs.size() > 2) gemm.bias = bias_of(node.inputs[2], filters, 1.0);
    std::string type = convolution_type(gemm, input);
    add_layer(node, std::move(type), std::move(gemm), {value.feature}, {}, image_shape(output),
              channels_last(output));
  }

  void place(const GraphNode& node, const op::Linear& linear) {
    const GraphTensor& weights = constant(node.inputs[1]);
    const Shape& matrix = *weights.shape;
    product(node, "linear", node.inputs[0], weights, linear.filters_first ? matrix[0] : matrix[1],
            linear.filters_first, linear.data_scale);
    Gemm& gemm = std::get<Gemm>(network_.layers.back().operation);
    if (node.inputs.size() > 2) {
      try {
        gemm.bias = bias_of(node.inputs[2], gemm.n, linear.bias_scale);
      } catch (const Unplaceable&) {
        remove_last_layer();
        throw;
      }
    }
  }

  void place(const GraphNode& node, const op::MatMul&) {
    const GraphTensor& weights = graph_.tensor(node.inputs[1]);
    if (!weights.is_constant) {
      throw Unplaceable{graph_.tensor(node.inputs[0]).is_constant
                            ? "a product with constant left factor"
                            : "a product of two activations"};
    }
    const Shape& extents = shape(node.inputs[1]);
    if (extents.size() < 2 ||
        element_count(extents) != extents[extents.size() - 2] * extents.back() ||
        shape(node.outputs.front()).size() != shape(node.inputs[0]).size()) {
      throw Unplaceable{fmt::format("weights of shape {}", to_string(extents))};
    }
    product(node, "matmul", node.inputs[0], weights, extents.back(), false, 1.0);
  }

  /// A product along the last axis of the data.
  void product(const GraphNode& node, std::string type, TensorId data_id,
               const GraphTensor& weights, std::int64_t filters, bool filters_first, double scale) {
    const Value value = any_layout(data_id);
    const Shape& extents = shape(data_id);
    const std::size_t axis = extents.size() - 1;
    if (!covers_fastest(value.layout, axis)) throw Unplaceable{kRearranged};
    const FeatureShape input = network_.feature(value.feature).shape;

    Gemm gemm{.m = input.elements() / extents[axis], .k = extents[axis], .n = filters};
    checked_macs(node, gemm.m, gemm.k, filters);
    check_channels(node, filters);
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
    add_layer(node, std::move(type), std::move(gemm), {value.feature}, {}, output,
              replace_fastest(value.layout, axis, filters));
  }

  void remove_last_layer() {
    network_.layers.pop_back();
    network_.features.pop_back();
    maker_.pop_back();
    is_read_.pop_back();
  }

  static Window padded(Window window, const Value& value) {
    window.pad_top += value.padding.pad_top;
    window.pad_left += value.padding.pad_left;
    window.pad_bottom += value.padding.pad_bottom;
    window.pad_right += value.padding.pad_right;
    return window;
  }

  void place(const GraphNode& node, const op::Pooling& pooling) {
    const Value value = image(node.inputs[0]);
    const Shape& output = shape(node.outputs.front());
    Pool pool{.kind = pooling.kind,
              .window = padded(pooling.window, value),
              .count_padding = pooling.count_padding};
    if (value.padding != Window{}) pool.count_padding = true;
    add_layer(node, pool.kind == Pool::Kind::kMax ? "max_pool" : "average_pool", pool,
              {value.feature}, {}, image_shape(output), channels_last(output));
  }

  void place(const GraphNode& node, const op::GlobalPooling& pooling) {
    const Value value = image(node.inputs[0]);
    pool_everything(node, value, pooling.kind,
                    pooling.kind == Pool::Kind::kMax ? "max_pool" : "global_average_pool");
  }

  void place(const GraphNode& node, const op::ReduceMean& reduce) {
    const TensorId id = node.inputs[0];
    const Shape& extents = shape(id);
    std::vector<std::size_t> axes;
    for (const std::int64_t axis : reduce.axes)
      axes.push_back(resolve_axis(axis, extents.size(), node));
    std::ranges::sort(axes);
    const auto is_range = [&](std::size_t first, std::size_t last) {
      if (axes.size() != last - first) return false;
      for (std::size_t i = 0; i < axes.size(); ++i) {
        if (axes[i] != first + i) return false;
      }
      return true;
    };
    const std::size_t rank = extents.size();
    if (rank == 3 || rank == 4) {
      const Value& value = any_layout(id);
      const FeatureShape input = network_.feature(value.feature).shape;
      const bool channels_first = is_range(2, rank) && value.layout == channels_last(extents) &&
                                  input == image_shape(extents);
      const bool channels_last_in_source = is_range(1, rank - 1) &&
                                           value.layout == source_order(extents) &&
                                           input == rows_shape(extents);
      if (channels_first || channels_last_in_source) {
        pool_everything(node, Value(value), Pool::Kind::kAverage, "global_average_pool");
        return;
      }
    }
    throw Unplaceable{"a mean over other axes than rows and columns"};
  }

  void pool_everything(const GraphNode& node, const Value& value, Pool::Kind kind,
                       std::string type) {
    const FeatureShape input = network_.feature(value.feature).shape;
    const Pool pool{.kind = kind,
                    .window = {.kernel_height = input.height, .kernel_width = input.width}};
    add_layer(node, std::move(type), pool, {value.feature}, {},
              {.images = input.images, .channels = input.channels},
              source_order(shape(node.outputs.front())));
  }

  void place(const GraphNode& node, const op::Activate& operation) {
    activate(node, node.inputs[0], operation.activation);
  }

  void activate(const GraphNode& node, TensorId input, const Activation& activation) {
    const Value value = any_layout(input);
    const TensorId output = node.outputs.front();
    const bool changes_nothing = activation.function == ActivationFunction::kIdentity ||
                                 (activation.function == ActivationFunction::kRelu &&
                                  network_.feature(value.feature).is_nonnegative);
    if (changes_nothing) {
      alias(input, output, value.layout);
      return;
    }
    const PostStep step{.kind = PostStep::Kind::kActivation, .activation = activation};
    if (const auto layer = fusable_layer(input)) {
      network_.layers[*layer].steps.push_back(step);
      continue_as(input, output, *layer);
      return;
    }
    add_vector_layer(node, "activation", value, {value.feature}, step);
  }

  void place(const GraphNode& node, const op::BatchNorm& norm) {
    const Value value = any_layout(node.inputs[0]);
    const Shape& extents = shape(node.inputs[0]);
    if (extents[1] != 1 && !is_channels(value, extents, 1)) throw Unplaceable{kRearranged};
    check_channels(node, extents[1]);
    const GraphTensor& gamma = constant(node.inputs[1]);
    const GraphTensor& beta = constant(node.inputs[2]);
    const GraphTensor& mean = constant(node.inputs[3]);
    const GraphTensor& variance = constant(node.inputs[4]);
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
    apply(node, node.inputs[0], value, affine);
  }

  void place(const GraphNode& node, const op::Binary& binary) {
    const bool first_is_constant = graph_.tensor(node.inputs[0]).is_constant;
    const bool second_is_constant = graph_.tensor(node.inputs[1]).is_constant;
    if (first_is_constant && second_is_constant) throw Unplaceable{"both operands are constants"};
    if (first_is_constant || second_is_constant) {
      with_constant(node, binary.kind, node.inputs[first_is_constant ? 1 : 0],
                    graph_.tensor(node.inputs[first_is_constant ? 0 : 1]), first_is_constant);
      return;
    }
    if (binary.kind == op::Binary::Kind::kSubtract || binary.kind == op::Binary::Kind::kDivide) {
      throw Unplaceable{"a difference or quotient of two activations"};
    }
    combine(node, binary.kind == op::Binary::Kind::kAdd);
  }

  void with_constant(const GraphNode& node, op::Binary::Kind kind, TensorId data_id,
                     const GraphTensor& operand, bool constant_first) {
    const Value value = any_layout(data_id);
    const std::size_t extent =
        shape(node.outputs.front()) == shape(data_id) ? operand_extent(operand, data_id, value) : 0;
    if (extent == 0) {
      throw Unplaceable{fmt::format("a constant operand of shape {} is not one value a channel",
                                    to_string(*operand.shape))};
    }
    check_channels(node, static_cast<std::int64_t>(extent));
    Affine affine{.scale = std::vector<double>(extent, 1.0),
                  .shift = std::vector<double>(extent, 0.0)};
    using Kind = op::Binary::Kind;
    if (kind == Kind::kDivide && constant_first) throw Unplaceable{"division by an activation"};
    const bool is_sum = kind == Kind::kAdd || kind == Kind::kSubtract;
    affine.has_shift = is_sum;
    affine.scale_is_known = is_sum || operand.values;
    if (kind == Kind::kSubtract && constant_first) std::ranges::fill(affine.scale, -1.0);
    for (std::size_t i = 0; i < extent && operand.values; ++i) {
      const double number = at(operand, i);
      switch (kind) {
        case Kind::kAdd:
          affine.shift[i] = number;
          break;
        case Kind::kSubtract:
          affine.shift[i] = constant_first ? number : -number;
          break;
        case Kind::kMultiply:
          affine.scale[i] = number;
          break;
        case Kind::kDivide:
          if (number == 0) {
            throw GraphError(fmt::format("node '{}' ({}): divides by zero", node.name, node.type));
          }
          affine.scale[i] = 1.0 / number;
          break;
      }
    }
    apply(node, data_id, value, affine);
  }

  /// Into the layer that makes the data, else as a depthwise 1 x 1 convolution of its own.
  void apply(const GraphNode& node, TensorId data_id, const Value& value, const Affine& affine) {
    const auto layer = fusable_layer(data_id);
    if (layer && network_.layers[*layer].gemm() && network_.layers[*layer].steps.empty()) {
      fold(std::get<Gemm>(network_.layers[*layer].operation), affine);
      continue_as(data_id, node.outputs.front(), *layer);
      return;
    }
    const Feature input = network_.feature(value.feature);
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
    add_layer(node, "depthwise_convolution", std::move(gemm), {value.feature}, {}, input.shape,
              value.layout, input.source_shape);
  }

  static void fold(Gemm& gemm, const Affine& affine) {
    const auto filters = static_cast<std::size_t>(gemm.filters());
    const auto k = static_cast<std::size_t>(gemm.k);
    const auto scale = [&](std::size_t f) {
      return affine.scale[affine.scale.size() == 1 ? 0 : f];
    };
    const auto shift = [&](std::size_t f) {
      return affine.shift[affine.shift.size() == 1 ? 0 : f];
    };
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
    }
    if (gemm.bias.empty() && affine.has_shift) gemm.bias.assign(filters, 0.0F);
    for (std::size_t f = 0; f < gemm.bias.size(); ++f) {
      gemm.bias[f] = static_cast<float>(static_cast<double>(gemm.bias[f]) * scale(f) + shift(f));
    }
  }

  /// A sum or product of two activations: a step of the later of the layers that make them.
  void combine(const GraphNode& node, bool is_sum) {
    const Shape& result = shape(node.outputs.front());
    materialise_pair(node);
    struct Candidate {
      std::size_t layer;
      std::size_t main;
    };
    std::optional<Candidate> best;
    for (std::size_t i = 0; i < 2; ++i) {
      const auto layer = fusable_layer(node.inputs[i]);
      if (!layer || !can_combine(node.inputs[i], node.inputs[1 - i], result)) continue;
      const auto& other = maker_[index(values_[index(node.inputs[1 - i])].feature)];
      if (other && *other >= *layer) continue;
      if (!best || *layer > best->layer) best = Candidate{*layer, i};
    }
    PostStep step{.kind = is_sum ? PostStep::Kind::kAdd : PostStep::Kind::kMultiply};
    if (best) {
      Layer& layer = network_.layers[best->layer];
      const FeatureId operand = values_[index(node.inputs[1 - best->main])].feature;
      auto position = std::ranges::find(layer.inputs, operand);
      if (position == layer.inputs.end()) position = layer.inputs.insert(position, operand);
      is_read_[index(operand)] = true;
      step.operand = static_cast<int>(position - layer.inputs.begin());
      layer.steps.push_back(step);
      continue_as(node.inputs[best->main], node.outputs.front(), best->layer);
      return;
    }
    for (std::size_t i = 0; i < 2; ++i) {
      if (!can_combine(node.inputs[i], node.inputs[1 - i], result)) continue;
      const Value main = values_[index(node.inputs[i])];
      const FeatureId operand = values_[index(node.inputs[1 - i])].feature;
      step.operand = operand == main.feature ? 0 : 1;
      std::vector<FeatureId> inputs{main.feature};
      if (step.operand == 1) inputs.push_back(operand);
      add_vector_layer(node, is_sum ? "add" : "multiply", main, std::move(inputs), step);
      return;
    }
    throw Unplaceable{
        fmt::format("operands {} and {} differ in more than a broadcast over rows and "
                    "columns or over channels",
                    to_string(shape(node.inputs[0])), to_string(shape(node.inputs[1])))};
  }

  /// An operand without a layout of its own takes that of the other.
  void materialise_pair(const GraphNode& node) {
    for (std::size_t i = 0; i < 2; ++i) {
      const Value other = data(node.inputs[1 - i]);
      if (other.kind == Value::Kind::kFeature &&
          shape(node.inputs[i]) == shape(node.inputs[1 - i])) {
        materialise(node.inputs[i], network_.feature(other.feature).shape, other.layout);
      }
    }
    for (const TensorId input : node.inputs) any_layout(input);
  }

  bool can_combine(TensorId main, TensorId operand, const Shape& result) const {
    const Value& a = values_[index(main)];
    const Value& b = values_[index(operand)];
    const Shape& a_shape = shape(main);
    const Shape& b_shape = shape(operand);
    if (a_shape != result) return false;
    const FeatureShape& to = network_.feature(a.feature).shape;
    const FeatureShape& from = network_.feature(b.feature).shape;
    if (a_shape == b_shape) return a.layout == b.layout && to == from;
    const bool both_images = a.layout == channels_last(a_shape) &&
                             b.layout == channels_last(b_shape) && a_shape.size() == 4;
    const bool both_rows = a.layout == source_order(a_shape) && b.layout == source_order(b_shape) &&
                           a_shape.size() != 4;
    if (a_shape.size() != b_shape.size() || !(both_images || both_rows)) return false;
    const bool same_place = from.height == to.height && from.width == to.width;
    const bool one_place = from.height == 1 && from.width == 1;
    return from.images == to.images && (same_place || one_place) &&
           (from.channels == to.channels || from.channels == 1);
  }

  void place(const GraphNode& node, const op::Concatenate& concatenate) {
    const Shape& output = shape(node.outputs.front());
    const std::size_t rank = output.size();
    const std::size_t axis = resolve_axis(concatenate.axis, rank, node);
    std::vector<FeatureId> inputs;
    bool are_images = rank >= 3 && rank <= 4 && axis == 1;
    for (const TensorId id : node.inputs) {
      const Shape& extents = shape(id);
      const Value value = are_images ? materialise(id, image_shape(extents), channels_last(extents))
                                     : any_layout(id);
      const FeatureShape& actual = network_.feature(value.feature).shape;
      const bool fits =
          are_images ? value.layout == channels_last(extents) && actual == image_shape(extents)
                     : axis + 1 == rank && value.layout == source_order(extents) &&
                           actual == rows_shape(extents);
      if (!fits) throw Unplaceable{"joins other axes than channels"};
      inputs.push_back(value.feature);
    }
    add_layer(node, "concatenation", Concatenation{}, std::move(inputs), {},
              are_images ? image_shape(output) : rows_shape(output),
              are_images ? channels_last(output) : source_order(output));
  }

  void place(const GraphNode& node, const op::Softmax& softmax) {
    const Value value = any_layout(node.inputs[0]);
    const Shape& extents = shape(node.inputs[0]);
    std::vector<std::size_t> axes;
    for (const std::int64_t axis : softmax.axes) {
      const std::size_t i = resolve_axis(axis, extents.size(), node);
      if (extents[i] > 1) axes.push_back(i);
    }
    if (axes.size() != 1 || !is_channels(value, extents, axes.front())) {
      throw Unplaceable{"a softmax over other axes than channels"};
    }
    const Feature input = network_.feature(value.feature);
    add_layer(node, "softmax", Softmax{}, {value.feature}, {}, input.shape, value.layout,
              input.source_shape);
  }

  void place(const GraphNode& node, const op::Pad& pad) {
    const TensorId input = node.inputs[0];
    const TensorId output = node.outputs.front();
    const bool is_nothing = std::ranges::all_of(pad.before, [](auto n) { return n == 0; }) &&
                            std::ranges::all_of(pad.after, [](auto n) { return n == 0; });
    if (is_nothing) {
      alias(input, output, any_layout(input).layout);
      return;
    }
    if (pad.value != 0.0F) throw Unplaceable{"padding with another value than zero"};
    const Value value = image(input);
    const std::size_t rank = pad.before.size();
    if (pad.before[0] != 0 || pad.after[0] != 0 || pad.before[1] != 0 || pad.after[1] != 0 ||
        std::ranges::min(pad.before) < 0 || std::ranges::min(pad.after) < 0) {
      throw Unplaceable{"padding of images or channels, or cropping"};
    }
    const bool is_nonnegative_input = network_.feature(value.feature).is_nonnegative;
    const auto absorbs = [&](std::size_t reader) {
      const Operator& operation = graph_.nodes()[reader].operation;
      if (std::holds_alternative<op::Convolution>(operation)) return true;
      const auto* pooling = std::get_if<op::Pooling>(&operation);
      if (!pooling) return false;
      if (pooling->kind == Pool::Kind::kMax) return is_nonnegative_input;
      const Window& window = pooling->window;
      return pooling->count_padding || (window.pad_top == 0 && window.pad_left == 0 &&
                                        window.pad_bottom == 0 && window.pad_right == 0);
    };
    if (is_output_.contains(index(output)) ||
        !std::ranges::all_of(readers_[index(output)], absorbs)) {
      throw Unplaceable{"padding that the next operator cannot take over"};
    }
    alias(input, output, value.layout);
    Value& padded_value = values_[index(output)];
    padded_value.is_exclusive = false;
    padded_value.padding.pad_left += pad.before[rank - 1];
    padded_value.padding.pad_right += pad.after[rank - 1];
    if (rank == 4) {
      padded_value.padding.pad_top += pad.before[2];
      padded_value.padding.pad_bottom += pad.after[2];
    }
  }

  void place(const GraphNode& node, const op::Flatten&) { change_shape(node); }
  void place(const GraphNode& node, const op::Reshape&) { change_shape(node); }
  void place(const GraphNode& node, const op::Squeeze&) { change_shape(node); }
  void place(const GraphNode& node, const op::Unsqueeze&) { change_shape(node); }

  void change_shape(const GraphNode& node) {
    const TensorId input = node.inputs[0];
    const TensorId output = node.outputs.front();
    Value& value = data(input);
    if (value.kind == Value::Kind::kUnmade) {
      values_[index(output)] = value;
      shape(output);
      return;
    }
    auto layout = reshape(value.layout, shape(output));
    if (!layout) throw Unplaceable{kRearranged};
    alias(input, output, *std::move(layout));
  }

  void place(const GraphNode& node, const op::Transpose& operation) {
    const TensorId input = node.inputs[0];
    const TensorId output = node.outputs.front();
    Value& value = data(input);
    if (value.kind == Value::Kind::kUnmade) {
      values_[index(output)] = value;
      return;
    }
    std::vector<std::size_t> permutation;
    for (const std::int64_t axis : operation.permutation) {
      permutation.push_back(resolve_axis(axis, operation.permutation.size(), node));
    }
    alias(input, output, transpose(value.layout, permutation));
  }

  void place(const GraphNode& node, const op::Identity&) {
    const TensorId input = node.inputs[0];
    Value& value = data(input);
    alias(input, node.outputs.front(), value.layout);
  }

  void place(const GraphNode&, const op::Unmodelled& unmodelled) {
    throw Unplaceable{unmodelled.reason};
  }

  const Graph& graph_;
  ActivationPatterns patterns_;
  Network network_;
  std::vector<Value> values_;                      ///< by tensor
  std::vector<int> uses_;                          ///< by tensor: readers and outputs
  std::vector<std::vector<std::size_t>> readers_;  ///< by tensor: nodes
  std::unordered_set<std::size_t> is_output_;      ///< tensors
  std::vector<std::optional<std::size_t>> maker_;  ///< by feature: layer
  std::vector<bool> is_read_;                      ///< by feature
};

}  // namespace

Network lower(const Graph& graph) {
  Network network = Lowering(graph).run();
  validate(network);
  return network;
}

}  // namespace systerm
