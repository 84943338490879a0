// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "workloads/graph/lowering/placement.h"
#include "workloads/graph/shape_inference.h"

namespace systerm {

namespace {

using Value = LayerBuilder::Value;

}  // namespace

void place(LayerBuilder& builder, const GraphNode& node, const op::Concatenate& concatenate) {
  const Shape& output = builder.shape(node.outputs.front());
  const std::size_t rank = output.size();
  const std::size_t axis = resolve_axis(concatenate.axis, rank, node);
  std::vector<FeatureId> inputs;
  bool are_images = rank >= 3 && rank <= 4 && axis == 1;
  for (const TensorId id : node.inputs) {
    const Shape& extents = builder.shape(id);
    if (builder.graph().tensor(id).is_constant) return concatenate_elements(builder, node, axis);
    const Value value = are_images
                            ? builder.materialise(id, image_shape(extents), channels_last(extents))
                            : builder.any_layout(id);
    const FeatureShape& actual = builder.network().feature(value.feature).shape;
    const bool fits = are_images
                          ? value.layout == channels_last(extents) && actual == image_shape(extents)
                          : axis + 1 == rank && value.layout == source_order(extents) &&
                                actual == rows_shape(extents);
    if (!fits) return concatenate_elements(builder, node, axis);
    inputs.push_back(value.feature);
  }
  builder.add_layer(node, "concatenation", Concatenation{}, std::move(inputs), {},
                    are_images ? image_shape(output) : rows_shape(output),
                    are_images ? channels_last(output) : source_order(output));
}

void place(LayerBuilder& builder, const GraphNode& node, const op::Pad& pad) {
  const TensorId input = node.inputs[0];
  const TensorId output = node.outputs.front();
  const bool is_nothing = std::ranges::all_of(pad.before, [](auto n) { return n == 0; }) &&
                          std::ranges::all_of(pad.after, [](auto n) { return n == 0; });
  if (is_nothing) {
    builder.alias(input, output, builder.any_layout(input).layout);
    return;
  }
  if (pad.value != 0.0F) throw Unplaceable{"padding with another value than zero"};
  const std::size_t rank = pad.before.size();
  if (rank < 3 || rank > 4) return pad_elements(builder, node, pad);
  const Value value = builder.image(input);
  if (pad.before[0] != 0 || pad.after[0] != 0 || pad.before[1] != 0 || pad.after[1] != 0 ||
      std::ranges::min(pad.before) < 0 || std::ranges::min(pad.after) < 0) {
    return pad_elements(builder, node, pad);
  }
  const bool is_nonnegative_input = builder.network().feature(value.feature).is_nonnegative;
  const auto absorbs = [&](std::size_t reader) {
    const Operator& operation = builder.graph().nodes()[reader].operation;
    if (std::holds_alternative<op::Convolution>(operation)) return true;
    const auto* pooling = std::get_if<op::Pooling>(&operation);
    if (!pooling) return false;
    if (pooling->kind == Pool::Kind::kMax) return is_nonnegative_input;
    const Window& window = pooling->window;
    return pooling->count_padding || (window.pad_top == 0 && window.pad_left == 0 &&
                                      window.pad_bottom == 0 && window.pad_right == 0);
  };
  if (builder.use().is_output(output) ||
      !std::ranges::all_of(builder.use().readers(output), absorbs)) {
    return pad_elements(builder, node, pad);
  }
  builder.alias(input, output, value.layout);
  Value& padded_value = builder.value(output);
  padded_value.is_exclusive = false;
  padded_value.padding.pad_left += pad.before[rank - 1];
  padded_value.padding.pad_right += pad.after[rank - 1];
  if (rank == 4) {
    padded_value.padding.pad_top += pad.before[2];
    padded_value.padding.pad_bottom += pad.after[2];
  }
}

}  // namespace systerm
