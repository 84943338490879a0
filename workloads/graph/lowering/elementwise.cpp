// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "workloads/graph/lowering/affine.h"
#include "workloads/graph/lowering/placement.h"
#include "workloads/graph/lowering/reordering.h"
#include "workloads/graph/shape_inference.h"

namespace systerm {

namespace {

using Value = LayerBuilder::Value;

/// An operand without a layout of its own takes that of the other.
void materialise_pair(LayerBuilder& builder, const GraphNode& node) {
  for (std::size_t i = 0; i < 2; ++i) {
    const Value other = builder.data(node.inputs[1 - i]);
    if (other.kind == Value::Kind::kFeature &&
        builder.shape(node.inputs[i]) == builder.shape(node.inputs[1 - i])) {
      builder.materialise(node.inputs[i], builder.network().feature(other.feature).shape,
                          other.layout);
    }
  }
  for (const TensorId input : node.inputs) builder.any_layout(input);
}

bool can_combine(LayerBuilder& builder, TensorId main, TensorId operand, const Shape& result) {
  const Value& a = builder.value(main);
  const Value& b = builder.value(operand);
  const Shape& a_shape = builder.shape(main);
  const Shape& b_shape = builder.shape(operand);
  if (a_shape != result) return false;
  const FeatureShape& to = builder.network().feature(a.feature).shape;
  const FeatureShape& from = builder.network().feature(b.feature).shape;
  if (a_shape == b_shape) return a.layout == b.layout && to == from;
  const bool both_images = a.layout == channels_last(a_shape) &&
                           b.layout == channels_last(b_shape) && a_shape.size() == 4;
  const bool both_rows =
      a.layout == source_order(a_shape) && b.layout == source_order(b_shape) && a_shape.size() != 4;
  if (a_shape.size() != b_shape.size() || !(both_images || both_rows)) return false;
  const bool same_place = from.height == to.height && from.width == to.width;
  const bool one_place = from.height == 1 && from.width == 1;
  return (from.images == to.images || from.images == 1) && (same_place || one_place) &&
         (from.channels == to.channels || from.channels == 1);
}

RowArithmetic row_arithmetic(op::Binary::Kind kind) {
  using Kind = op::Binary::Kind;
  switch (kind) {
    case Kind::kAdd:
      return RowArithmetic::kAdd;
    case Kind::kSubtract:
      return RowArithmetic::kSubtract;
    case Kind::kMultiply:
      return RowArithmetic::kMultiply;
    case Kind::kDivide:
      return RowArithmetic::kDivide;
  }
  throw std::logic_error("unknown kind of binary operator");
}

/// Whether an operand of one image, or of one value a position, serves as it is.
bool is_row_operand(const FeatureShape& operand, const FeatureShape& result) {
  return (operand.images == 1 || operand.images == result.images) &&
         operand.height == result.height && operand.width == result.width &&
         operand.channels == result.channels;
}

/// Any broadcast, each operand moved into the order of the result where it lies otherwise.
void combine_elements(LayerBuilder& builder, const GraphNode& node, op::Binary::Kind kind) {
  const Shape& shape = builder.shape(node.outputs.front());
  // The order of an operand that already has the shape of the result costs no layer for it.
  std::optional<Value> main;
  for (const TensorId id : node.inputs) {
    if (builder.graph().tensor(id).is_constant || builder.shape(id) != shape) continue;
    main = builder.any_layout(id);
    break;
  }
  const bool is_image = main && shape.size() >= 3 && shape.size() <= 4 &&
                        main->layout == channels_last(shape) &&
                        builder.network().feature(main->feature).shape == image_shape(shape);
  std::vector<std::size_t> order{};
  for (std::size_t i = 0; i < shape.size(); ++i) order.push_back(i);
  if (is_image) {
    order.erase(order.begin() + 1);
    order.push_back(1);
  }
  const FeatureShape result = is_image ? image_shape(shape) : rows_shape(shape);
  std::vector<FeatureId> inputs;
  for (const TensorId id : node.inputs) {
    Shape operand = shape;
    FeatureShape feature = result;
    // A constant without images serves all of them.
    const Shape& given = builder.shape(id);
    const bool is_shared = builder.graph().tensor(id).is_constant && !shape.empty() &&
                           (given.size() < shape.size() || given[0] == 1);
    if (is_shared && shape.size() > 1) operand[0] = feature.images = 1;
    inputs.push_back(reordered(builder, node, id, operand, order, feature));
    if (!is_row_operand(builder.network().feature(inputs.back()).shape, result)) {
      throw Unplaceable{kRearranged};
    }
  }
  const SharedRowFunction function = make_row_arithmetic(row_arithmetic(kind));
  const std::string type(function->name());
  builder.add_layer(node, type, RowOperation{function}, std::move(inputs), {}, result,
                    in_memory_order(shape, order));
}

/// A sum or product of two activations: a step of the later of the layers that make them.
void combine(LayerBuilder& builder, const GraphNode& node, bool is_sum) {
  const Shape& result = builder.shape(node.outputs.front());
  materialise_pair(builder, node);
  struct Candidate {
    std::size_t layer;
    std::size_t main;
  };
  std::optional<Candidate> best;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto layer = builder.fusable_layer(node.inputs[i]);
    if (!layer || !can_combine(builder, node.inputs[i], node.inputs[1 - i], result)) continue;
    const auto& other = builder.maker(builder.value(node.inputs[1 - i]).feature);
    if (other && *other >= *layer) continue;
    if (!best || *layer > best->layer) best = Candidate{*layer, i};
  }
  PostStep step{.kind = is_sum ? PostStep::Kind::kAdd : PostStep::Kind::kMultiply};
  if (best) {
    Layer& layer = builder.network().layers[best->layer];
    const FeatureId operand = builder.value(node.inputs[1 - best->main]).feature;
    auto position = std::ranges::find(layer.inputs, operand);
    if (position == layer.inputs.end()) position = layer.inputs.insert(position, operand);
    builder.mark_read(operand);
    step.operand = static_cast<int>(position - layer.inputs.begin());
    layer.steps.push_back(step);
    builder.continue_as(node.inputs[best->main], node.outputs.front(), best->layer);
    return;
  }
  for (std::size_t i = 0; i < 2; ++i) {
    if (!can_combine(builder, node.inputs[i], node.inputs[1 - i], result)) continue;
    const Value main = builder.value(node.inputs[i]);
    const FeatureId operand = builder.value(node.inputs[1 - i]).feature;
    step.operand = operand == main.feature ? 0 : 1;
    std::vector<FeatureId> inputs{main.feature};
    if (step.operand == 1) inputs.push_back(operand);
    builder.add_vector_layer(node, is_sum ? "add" : "multiply", main, std::move(inputs), step);
    return;
  }
  combine_elements(builder, node, is_sum ? op::Binary::Kind::kAdd : op::Binary::Kind::kMultiply);
}

void with_constant(LayerBuilder& builder, const GraphNode& node, op::Binary::Kind kind,
                   TensorId data_id, const GraphTensor& operand, bool constant_first) {
  const Value value = builder.any_layout(data_id);
  const std::size_t extent = builder.shape(node.outputs.front()) == builder.shape(data_id)
                                 ? builder.operand_extent(operand, data_id, value)
                                 : 0;
  if (extent == 0) return combine_elements(builder, node, kind);
  check_channels(node, static_cast<std::int64_t>(extent));
  Affine affine{.scale = std::vector<double>(extent, 1.0),
                .shift = std::vector<double>(extent, 0.0)};
  using Kind = op::Binary::Kind;
  if (kind == Kind::kDivide && constant_first) return combine_elements(builder, node, kind);
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
  apply(builder, node, data_id, value, affine);
}

}  // namespace

void activate(LayerBuilder& builder, const GraphNode& node, TensorId input,
              const Activation& activation) {
  const Value value = builder.any_layout(input);
  const TensorId output = node.outputs.front();
  const bool changes_nothing = activation.function == ActivationFunction::kIdentity ||
                               (activation.function == ActivationFunction::kRelu &&
                                builder.network().feature(value.feature).is_nonnegative);
  if (changes_nothing) {
    builder.alias(input, output, value.layout);
    return;
  }
  const PostStep step{.kind = PostStep::Kind::kActivation, .activation = activation};
  if (const auto layer = builder.layer_taking_activation(input)) {
    builder.network().layers[*layer].steps.push_back(step);
    builder.continue_as(input, output, *layer);
    return;
  }
  builder.add_vector_layer(node, "activation", value, {value.feature}, step);
}

void place(LayerBuilder& builder, const GraphNode& node, const op::Activate& operation) {
  activate(builder, node, node.inputs[0], operation.activation);
}

void place(LayerBuilder& builder, const GraphNode& node, const op::Binary& binary) {
  const bool first_is_constant = builder.graph().tensor(node.inputs[0]).is_constant;
  const bool second_is_constant = builder.graph().tensor(node.inputs[1]).is_constant;
  if (first_is_constant && second_is_constant) throw Unplaceable{"both operands are constants"};
  using Kind = op::Binary::Kind;
  if (first_is_constant || second_is_constant) {
    with_constant(builder, node, binary.kind, node.inputs[first_is_constant ? 1 : 0],
                  builder.graph().tensor(node.inputs[first_is_constant ? 0 : 1]),
                  first_is_constant);
    return;
  }
  if (binary.kind == Kind::kSubtract || binary.kind == Kind::kDivide) {
    combine_elements(builder, node, binary.kind);
    return;
  }
  combine(builder, node, binary.kind == Kind::kAdd);
}

}  // namespace systerm
