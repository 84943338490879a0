// SPDX-License-Identifier: Apache-2.0
// Operators on all channels of a position: norms, rotary embedding, lookup.
#include <utility>

#include <fmt/format.h>

#include "workloads/graph/lowering/placement.h"
#include "workloads/graph/lowering/reordering.h"

namespace systerm {

namespace {

using Value = LayerBuilder::Value;

std::vector<float> parameter(LayerBuilder& builder, const GraphNode& node, std::size_t i) {
  if (node.inputs.size() <= i) return {};
  const GraphTensor& tensor = builder.constant(node.inputs[i]);
  return tensor.values ? *tensor.values : std::vector<float>();
}

}  // namespace

void place(LayerBuilder& builder, const GraphNode& node, const op::Norm& norm) {
  const TensorId input = node.inputs[0];
  const Shape& shape = builder.shape(input);
  Value value = builder.any_layout(input);
  if (!builder.is_channels(value, shape, shape.size() - 1)) {
    std::vector<std::size_t> order(shape.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    value.feature = reordered(builder, node, input, shape, order, ordered_shape(shape, order));
    value.layout = source_order(shape);
  }
  check_channels(node, shape.back());
  RowNorm options{.channels = shape.back(),
                  .epsilon = norm.epsilon,
                  .subtracts_mean = norm.subtracts_mean,
                  .scale = parameter(builder, node, 1),
                  .shift = parameter(builder, node, 2),
                  .parameters = static_cast<std::int64_t>(node.inputs.size() - 1) * shape.back()};
  const FeatureShape result = builder.network().feature(value.feature).shape;
  builder.add_layer(node, norm.subtracts_mean ? "layer_norm" : "rms_norm",
                    RowOperation{make_row_norm(std::move(options))}, {value.feature}, {}, result,
                    value.layout);
}

void place(LayerBuilder& builder, const GraphNode& node, const op::Rotary& rotary) {
  const TensorId input = node.inputs[0];
  const Shape& shape = builder.shape(input);
  const std::vector<std::size_t> order{0, 1, 2};
  const FeatureId from = reordered(builder, node, input, shape, order,
                                   {.images = shape[0], .width = shape[1], .channels = shape[2]});
  builder.add_layer(node, "rotary_embedding", RowOperation{make_rotary_embedding(rotary.embedding)},
                    {from}, {}, builder.network().feature(from).shape, source_order(shape));
}

void place(LayerBuilder& builder, const GraphNode& node, const op::Lookup&) {
  const GraphTensor& table = builder.constant(node.inputs[1]);
  const Value numbers = builder.any_layout(node.inputs[0]);
  const Feature from = builder.network().feature(numbers.feature);
  const Shape& rows = *table.shape;
  if (from.index_range != rows[0]) {
    throw Unplaceable{fmt::format("'{}' is no input of row numbers",
                                  builder.graph().tensor(node.inputs[0]).name)};
  }
  const FeatureId entries = builder.add_constant_feature(
      table.name, {.width = rows[0], .channels = rows[1]}, table.values);
  FeatureShape result = from.shape;
  result.channels = rows[1];
  builder.add_layer(node, "embedding", Lookup{}, {numbers.feature, entries}, {}, result,
                    source_order(builder.shape(node.outputs.front())));
}

}  // namespace systerm
