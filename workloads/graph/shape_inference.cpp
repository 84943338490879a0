// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/shape_inference.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "workloads/graph/shape_rules.h"

namespace systerm {

void ShapeRules::fail(const GraphNode& node, const std::string& message) {
  throw GraphError(fmt::format("node '{}' ({}): {}", node.name, node.type, message));
}

void ShapeRules::require(bool condition, const GraphNode& node, const std::string& message) {
  if (!condition) fail(node, message);
}

Shape ShapeRules::broadcast(const Shape& a, const Shape& b, const GraphNode& node) {
  Shape result(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::int64_t left = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t right = i < b.size() ? b[b.size() - 1 - i] : 1;
    require(left == right || left == 1 || right == 1, node,
            fmt::format("shapes {} and {} do not broadcast", to_string(a), to_string(b)));
    result[result.size() - 1 - i] = left == 1 ? right : left;
  }
  return result;
}

void ShapeRules::require_inputs(std::size_t least, std::size_t most) const {
  require(node.inputs.size() >= least && node.inputs.size() <= most, node,
          least == most
              ? fmt::format("needs {} inputs, has {}", least, node.inputs.size())
              : fmt::format("needs {} to {} inputs, has {}", least, most, node.inputs.size()));
}

std::int64_t window_extent(std::int64_t input, std::int64_t kernel, std::int64_t stride,
                           std::int64_t dilation, std::int64_t padding) {
  const std::int64_t covered = (kernel - 1) * dilation + 1;
  const std::int64_t room = input + padding - covered;
  return room < 0 ? 0 : room / stride + 1;
}

std::size_t resolve_axis(std::int64_t axis, std::size_t rank, const GraphNode& node) {
  const auto signed_rank = static_cast<std::int64_t>(rank);
  ShapeRules::require(axis >= -signed_rank && axis < signed_rank, node,
                      fmt::format("axis {} is outside a tensor of rank {}", axis, rank));
  return static_cast<std::size_t>(axis < 0 ? axis + signed_rank : axis);
}

void infer_shapes(Graph& graph, const GraphNode& node) {
  if (std::holds_alternative<op::Unmodelled>(node.operation)) return;
  for (const TensorId input : node.inputs) {
    if (!graph.tensor(input).shape) return;
  }
  ShapeRules::require(node.outputs.size() == 1, node,
                      fmt::format("has {} outputs, expected 1", node.outputs.size()));
  try {
    Shape shape = std::visit(ShapeRules{graph, node}, node.operation);
    ShapeRules::require(element_count(shape) > 0, node,
                        fmt::format("its output of shape {} is empty", to_string(shape)));
    graph.set_shape(node.outputs.front(), std::move(shape));
  } catch (const GraphError& error) {
    // Errors about a shape alone do not say where it came from.
    const std::string message = error.what();
    if (message.starts_with("node '")) throw;
    ShapeRules::fail(node, message);
  }
}

void infer_shapes(Graph& graph) {
  for (const std::size_t i : topological_order(graph)) infer_shapes(graph, graph.nodes()[i]);
}

}  // namespace systerm
