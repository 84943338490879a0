// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/lowering.h"

#include <algorithm>
#include <utility>

#include "workloads/graph/lowering/placement.h"

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

}  // namespace

Network lower(const Graph& graph) {
  LayerBuilder builder(graph);
  Network& network = builder.network();
  network.name = graph.name;
  network.source = graph.source;
  for (const TensorId input : graph.inputs()) builder.add_input(input);
  for (const std::size_t i : builder.use().order()) lower_node(builder, i);
  for (const TensorId output : graph.outputs()) {
    const LayerBuilder::Value& value = builder.value(output);
    if (value.kind == LayerBuilder::Value::Kind::kFeature &&
        std::ranges::find(network.outputs, value.feature) == network.outputs.end()) {
      network.outputs.push_back(value.feature);
    }
  }
  validate(network);
  return std::move(builder.network());
}

}  // namespace systerm
