// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <fmt/format.h>

#include "workloads/graph/lowering/placement.h"
#include "workloads/graph/shape_inference.h"

namespace systerm {

namespace {

using Value = LayerBuilder::Value;

void change_shape(LayerBuilder& builder, const GraphNode& node) {
  const TensorId input = node.inputs[0];
  const TensorId output = node.outputs.front();
  Value& value = builder.data(input);
  if (value.kind == Value::Kind::kUnmade) {
    builder.value(output) = value;
    builder.shape(output);
    return;
  }
  auto layout = reshape(value.layout, builder.shape(output));
  if (!layout) throw Unplaceable{kRearranged};
  builder.alias(input, output, *std::move(layout));
}

}  // namespace

void place(LayerBuilder& builder, const GraphNode& node, const op::Flatten&) {
  change_shape(builder, node);
}

void place(LayerBuilder& builder, const GraphNode& node, const op::Reshape&) {
  change_shape(builder, node);
}

void place(LayerBuilder& builder, const GraphNode& node, const op::Squeeze&) {
  change_shape(builder, node);
}

void place(LayerBuilder& builder, const GraphNode& node, const op::Unsqueeze&) {
  change_shape(builder, node);
}

void place(LayerBuilder& builder, const GraphNode& node, const op::Transpose& operation) {
  const TensorId input = node.inputs[0];
  const TensorId output = node.outputs.front();
  Value& value = builder.data(input);
  if (value.kind == Value::Kind::kUnmade) {
    builder.value(output) = value;
    return;
  }
  std::vector<std::size_t> permutation;
  for (const std::int64_t axis : operation.permutation) {
    permutation.push_back(resolve_axis(axis, operation.permutation.size(), node));
  }
  builder.alias(input, output, transpose(value.layout, permutation));
}

void place(LayerBuilder& builder, const GraphNode& node, const op::Identity&) {
  const TensorId input = node.inputs[0];
  Value& value = builder.data(input);
  builder.alias(input, node.outputs.front(), value.layout);
}

}  // namespace systerm
