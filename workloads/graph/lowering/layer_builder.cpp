// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/lowering/layer_builder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace systerm {

namespace {

/// Shape under which the outside passes a feature: rank 4 is n, c, h, w, any other is in memory
/// order.
Shape exchange_shape(const FeatureShape& feature, const Shape& shape, const Layout& layout) {
  // Axes of extent 1 can make other layouts look alike.
  if (shape.size() == 4 && layout == channels_last(shape) && feature == image_shape(shape)) {
    return shape;
  }
  if (shape.size() != 4 && layout == source_order(shape)) return shape;
  if (feature.height == 1 && feature.width == 1) return {feature.images, feature.channels};
  return {feature.images, feature.channels, feature.height, feature.width};
}

}  // namespace

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

std::int64_t checked_macs(const GraphNode& node, std::int64_t a, std::int64_t b, std::int64_t c) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product) || __builtin_mul_overflow(product, c, &product)) {
    throw GraphError(
        fmt::format("node '{}' ({}): needs more than 2^63 multiplications", node.name, node.type));
  }
  return product;
}

void check_channels(const GraphNode& node, std::int64_t channels) {
  if (channels > std::int64_t{1} << 24) {
    throw GraphError(fmt::format("node '{}' ({}): {} channels", node.name, node.type, channels));
  }
}

double at(const GraphTensor& tensor, std::size_t i) {
  return static_cast<double>((*tensor.values)[i]);
}

LayerBuilder::LayerBuilder(const Graph& graph)
    : graph_(graph), use_(graph), values_(graph.tensors().size()) {}

FeatureId LayerBuilder::add_feature(Feature feature) {
  const auto id = static_cast<FeatureId>(network_.features.size());
  network_.features.push_back(std::move(feature));
  maker_.emplace_back();
  is_read_.push_back(false);
  return id;
}

FeatureId LayerBuilder::add_feature(TensorId tensor, const FeatureShape& feature_shape,
                                    const Layout& layout) {
  return add_feature({.name = graph_.tensor(tensor).name,
                      .shape = feature_shape,
                      .source_shape = exchange_shape(feature_shape, shape(tensor), layout)});
}

void LayerBuilder::add_input(TensorId id) {
  const Shape& extents = shape(id);
  Value value{.kind = Value::Kind::kFeature, .is_exclusive = true};
  if (const std::int64_t rows = addressed_rows(id); rows > 0) {
    value.layout = source_order(extents);
    FeatureShape numbers = rows_shape(extents);
    numbers.width *= numbers.channels;
    numbers.channels = 1;
    value.feature =
        add_feature({.name = graph_.tensor(id).name, .shape = numbers, .source_shape = extents});
    network_.features[index(value.feature)].index_range = rows;
    network_.inputs.push_back(value.feature);
    values_[index(id)] = std::move(value);
    return;
  }
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

/// Whether all that reads the tensor takes it from n, h, w, c to n, c, h, w.
bool LayerBuilder::moves_channels_first(TensorId id) const {
  const auto& readers = use_.readers(id);
  return !readers.empty() && std::ranges::all_of(readers, [&](std::size_t i) {
    const GraphNode& node = graph_.nodes()[i];
    if (std::holds_alternative<op::Identity>(node.operation) ||
        std::holds_alternative<op::Quantize>(node.operation)) {
      return moves_channels_first(node.outputs.front());
    }
    const auto* transpose = std::get_if<op::Transpose>(&node.operation);
    return transpose && transpose->permutation == std::vector<std::int64_t>{0, 3, 1, 2};
  });
}

bool LayerBuilder::is_image(TensorId id) const {
  const std::size_t rank = shape(id).size();
  const auto& readers = use_.readers(id);
  if (rank == 4) return readers.empty() || !moves_channels_first(id);
  if (rank != 3) return false;
  return std::ranges::any_of(readers, [&](std::size_t i) {
    const GraphNode& node = graph_.nodes()[i];
    const bool passes_on = std::holds_alternative<op::Identity>(node.operation) ||
                           std::holds_alternative<op::Quantize>(node.operation) ||
                           std::holds_alternative<op::Activate>(node.operation) ||
                           std::holds_alternative<op::Pad>(node.operation);
    return std::holds_alternative<op::Convolution>(node.operation) ||
           std::holds_alternative<op::Pooling>(node.operation) ||
           std::holds_alternative<op::GlobalPooling>(node.operation) ||
           std::holds_alternative<op::BatchNorm>(node.operation) ||
           (passes_on && is_image(node.outputs.front()));
  });
}

LayerBuilder::Value& LayerBuilder::data(TensorId id) {
  const GraphTensor& tensor = graph_.tensor(id);
  if (tensor.is_constant) throw Unplaceable{fmt::format("'{}' is a constant", tensor.name)};
  Value& value = values_[index(id)];
  if (value.kind == Value::Kind::kUnknown) {
    throw Unplaceable{
        fmt::format("its input '{}' depends on an operator that is not modelled", tensor.name)};
  }
  return value;
}

LayerBuilder::Value& LayerBuilder::materialise(TensorId id, const FeatureShape& feature_shape,
                                               const Layout& layout) {
  Value& value = data(id);
  if (value.kind == Value::Kind::kUnmade) {
    value = {.kind = Value::Kind::kFeature,
             .feature = add_feature(id, feature_shape, layout),
             .layout = layout};
  }
  return value;
}

LayerBuilder::Value& LayerBuilder::any_layout(TensorId id) {
  return materialise(id, rows_shape(shape(id)), source_order(shape(id)));
}

LayerBuilder::Value& LayerBuilder::image(TensorId id) {
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
                             value.is_exclusive && use_.uses(id) == 1;
  if (!is_free_input) throw Unplaceable{kRearranged};
  feature.shape = image_shape(extents);
  feature.source_shape = exchange_shape(feature.shape, extents, value.layout);
  return value;
}

void LayerBuilder::append(Layer layer) {
  maker_[index(layer.output)] = network_.layers.size();
  for (const FeatureId input : layer.inputs) is_read_[index(input)] = true;
  network_.layers.push_back(std::move(layer));
  update_sign(network_.layers.back());
}

void LayerBuilder::add_layer(const GraphNode& node, std::string type, Operation operation,
                             std::vector<FeatureId> inputs, std::vector<PostStep> steps,
                             FeatureShape output, const Layout& layout,
                             std::optional<Shape> source_shape) {
  const TensorId tensor = node.outputs.front();
  const FeatureId feature = add_feature(tensor, output, layout);
  if (source_shape) network_.features[index(feature)].source_shape = *std::move(source_shape);
  append({.name = node.name,
          .type = std::move(type),
          .operation = std::move(operation),
          .steps = std::move(steps),
          .inputs = std::move(inputs),
          .output = feature});
  values_[index(tensor)] = {
      .kind = Value::Kind::kFeature, .feature = feature, .layout = layout, .is_exclusive = true};
}

void LayerBuilder::add_vector_layer(const GraphNode& node, std::string type, const Value& main,
                                    std::vector<FeatureId> inputs, PostStep step) {
  const Feature feature = network_.feature(main.feature);
  add_layer(node, std::move(type), Elementwise{}, std::move(inputs), {step}, feature.shape,
            main.layout, feature.source_shape);
}

void LayerBuilder::update_sign(const Layer& layer) {
  const auto is_nonnegative_input = [&](std::size_t i) {
    return network_.feature(layer.inputs[i]).is_nonnegative;
  };
  bool result = is_nonnegative_input(0);
  if (layer.gemm()) result = false;
  if (std::holds_alternative<Softmax>(layer.operation)) result = true;
  if (const auto* row = std::get_if<RowOperation>(&layer.operation)) {
    result = row->function->is_nonnegative();
  }
  if (std::holds_alternative<Lookup>(layer.operation)) result = false;
  if (std::holds_alternative<Rearrangement>(layer.operation)) {
    for (std::size_t i = 0; i < layer.inputs.size(); ++i) result &= is_nonnegative_input(i);
  }
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

std::optional<std::size_t> LayerBuilder::exclusive_layer(TensorId id) const {
  const Value& value = values_[index(id)];
  if (value.kind != Value::Kind::kFeature || !value.is_exclusive || use_.uses(id) != 1) {
    return std::nullopt;
  }
  return maker_[index(value.feature)];
}

std::optional<std::size_t> LayerBuilder::fusable_layer(TensorId id) const {
  const auto layer = exclusive_layer(id);
  if (!layer) return std::nullopt;
  const Operation& operation = network_.layers[*layer].operation;
  const bool takes_operands = std::holds_alternative<Gemm>(operation) ||
                              std::holds_alternative<Elementwise>(operation) ||
                              std::holds_alternative<Lookup>(operation);
  return takes_operands ? layer : std::nullopt;
}

std::optional<std::size_t> LayerBuilder::layer_taking_activation(TensorId id) const {
  const auto layer = exclusive_layer(id);
  // All inputs of such a layer are its function's.
  if (layer && std::holds_alternative<RowOperation>(network_.layers[*layer].operation)) {
    return layer;
  }
  return fusable_layer(id);
}

FeatureId LayerBuilder::add_constant_feature(const std::string& name,
                                             const FeatureShape& feature_shape,
                                             std::shared_ptr<const std::vector<float>> values,
                                             bool is_parameter) {
  const FeatureId id = add_feature(
      {.name = name,
       .shape = feature_shape,
       .source_shape = {feature_shape.images, feature_shape.width, feature_shape.channels}});
  if (feature_shape.height > 1) {
    network_.features[index(id)].source_shape = {feature_shape.images, feature_shape.channels,
                                                 feature_shape.height, feature_shape.width};
  }
  is_read_[index(id)] = true;
  network_.constants.push_back({id, std::move(values), is_parameter});
  return id;
}

FeatureId LayerBuilder::add_inner_layer(std::string name, std::string type, Operation operation,
                                        std::vector<FeatureId> inputs, std::vector<PostStep> steps,
                                        const FeatureShape& output) {
  const FeatureId feature =
      add_feature({.name = name,
                   .shape = output,
                   .source_shape = {output.images, output.height * output.width, output.channels}});
  append({.name = std::move(name),
          .type = std::move(type),
          .operation = std::move(operation),
          .steps = std::move(steps),
          .inputs = std::move(inputs),
          .output = feature});
  return feature;
}

void LayerBuilder::set_output(const GraphNode& node, FeatureId feature, const Layout& layout) {
  const TensorId tensor = node.outputs.front();
  Feature& made = network_.features[index(feature)];
  made.name = graph_.tensor(tensor).name;
  made.source_shape = exchange_shape(made.shape, shape(tensor), layout);
  values_[index(tensor)] = {
      .kind = Value::Kind::kFeature, .feature = feature, .layout = layout, .is_exclusive = true};
}

std::int64_t LayerBuilder::addressed_rows(TensorId id) const {
  for (const std::size_t reader : use_.readers(id)) {
    const GraphNode& node = graph_.nodes()[reader];
    if (std::holds_alternative<op::Lookup>(node.operation) && node.inputs.front() == id) {
      return shape(node.inputs[1]).front();
    }
    if (std::holds_alternative<op::Identity>(node.operation)) {
      if (const std::int64_t rows = addressed_rows(node.outputs.front()); rows > 0) return rows;
    }
  }
  return 0;
}

void LayerBuilder::continue_as(TensorId from, TensorId to, std::size_t layer) {
  update_sign(network_.layers[layer]);
  values_[index(to)] = values_[index(from)];
  network_.features[index(values_[index(to)].feature)].name = graph_.tensor(to).name;
}

void LayerBuilder::alias(TensorId from, TensorId to, Layout layout) {
  const Value& source = values_[index(from)];
  Value value = source;
  value.layout = std::move(layout);
  value.is_exclusive = source.is_exclusive && use_.uses(from) == 1;
  values_[index(to)] = std::move(value);
}

const GraphTensor& LayerBuilder::constant(TensorId id) const {
  const GraphTensor& tensor = graph_.tensor(id);
  if (!tensor.is_constant) {
    throw Unplaceable{fmt::format("'{}' is computed, not a constant", tensor.name)};
  }
  return tensor;
}

std::vector<float> LayerBuilder::bias_of(TensorId id, std::int64_t filters, double scale) const {
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

std::size_t LayerBuilder::operand_extent(const GraphTensor& operand, TensorId data_id,
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

bool LayerBuilder::is_channels(const Value& value, const Shape& extents, std::size_t axis) const {
  return is_fastest(value.layout, axis) &&
         extents[axis] == network_.feature(value.feature).shape.channels;
}

void LayerBuilder::remove_last_layer() {
  network_.layers.pop_back();
  network_.features.pop_back();
  maker_.pop_back();
  is_read_.pop_back();
}

const Shape& LayerBuilder::shape(TensorId id) const {
  const GraphTensor& tensor = graph_.tensor(id);
  if (!tensor.shape) throw Unplaceable{fmt::format("the shape of '{}' is unknown", tensor.name)};
  return *tensor.shape;
}

}  // namespace systerm
