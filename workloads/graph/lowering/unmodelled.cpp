// SPDX-License-Identifier: Apache-2.0
// What is told about a node that has no layer.
#include <utility>

#include "workloads/graph/lowering/layer_builder.h"

namespace systerm {

std::int64_t LayerBuilder::macs_of(const GraphNode& node) const {
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

void LayerBuilder::list_unmodelled(const GraphNode& node, const std::string& reason) {
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

}  // namespace systerm
