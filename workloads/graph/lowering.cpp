// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/lowering.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "workloads/graph/lowering/placement.h"
#include "workloads/graph/lowering/reordering.h"

namespace systerm {

namespace {

void place(LayerBuilder&, const GraphNode&, const op::Unmodelled& unmodelled) {
  throw Unplaceable{unmodelled.reason};
}

void lower_node(LayerBuilder& builder, std::size_t position) {
  const GraphNode& node = builder.graph().nodes()[position];
  try {
    if (const auto* match = builder.use().pattern_at(position)) {
      activate(builder, node, match->data, match->activation);
    } else {
      std::visit([&](const auto& operation) { place(builder, node, operation); }, node.operation);
    }
  } catch (const Unplaceable& unplaceable) {
    builder.list_unmodelled(node, unplaceable.reason);
  }
}

/// The feature that is exchanged in C order of the tensor's shape; moved there if it lies
/// otherwise.
FeatureId output_feature(LayerBuilder& builder, TensorId output) {
  const LayerBuilder::Value& value = builder.value(output);
  const Feature& feature = builder.network().feature(value.feature);
  const Shape& shape = builder.shape(output);
  const bool is_exchanged_first = feature.source_shape.size() == 4;
  const bool is_in_order = is_exchanged_first
                               ? shape.size() >= 2 && value.layout == channels_last(shape) &&
                                     feature.shape.channels == shape[1]
                               : value.layout == source_order(shape);
  if (is_in_order || element_count(shape) == 1) return value.feature;
  Network& network = builder.network();
  const bool is_exchanged_already =
      std::ranges::find(network.outputs, value.feature) != network.outputs.end();
  if (value.layout == source_order(shape) && builder.maker(value.feature) &&
      !is_exchanged_already) {
    // It lies in the order of its shape; only rank 4 would be taken for n, c, h, w.
    network.features[index(value.feature)].source_shape = {
        feature.shape.images, feature.shape.height * feature.shape.width, feature.shape.channels};
    return value.feature;
  }
  const auto maker = std::ranges::find_if(builder.graph().nodes(), [&](const GraphNode& node) {
    return std::ranges::find(node.outputs, output) != node.outputs.end();
  });
  if (maker == builder.graph().nodes().end()) return value.feature;
  std::vector<std::size_t> order(shape.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  return reordered(builder, *maker, output, shape, order, ordered_shape(shape, order));
}

}  // namespace

Network lower(const Graph& graph) {
  LayerBuilder builder(graph);
  Network& network = builder.network();
  network.name = graph.name;
  network.source = graph.source;
  for (const TensorId input : graph.inputs()) builder.add_input(input);
  for (const std::size_t i : builder.use().order()) lower_node(builder, i);
  for (const TensorId output : graph.outputs()) {
    if (builder.value(output).kind != LayerBuilder::Value::Kind::kFeature) continue;
    const FeatureId feature = output_feature(builder, output);
    if (std::ranges::find(network.outputs, feature) == network.outputs.end()) {
      network.outputs.push_back(feature);
    }
  }
  validate(network);
  return std::move(builder.network());
}

}  // namespace systerm
