// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/residual_branch.h"

#include <algorithm>
#include <set>

namespace systerm {

ResidualBranches::ResidualBranches(const Graph& graph)
    : graph_(graph),
      order_(topological_order(graph)),
      place_(graph.nodes().size()),
      readers_(graph.tensors().size()),
      producer_(graph.tensors().size()),
      is_output_(graph.tensors().size(), false) {
  for (std::size_t i = 0; i < order_.size(); ++i) {
    place_[order_[i]] = i;
    const GraphNode& node = graph.nodes()[order_[i]];
    for (const TensorId input : node.inputs) readers_[index(input)].push_back(order_[i]);
    for (const TensorId output : node.outputs) producer_[index(output)] = order_[i];
  }
  for (const TensorId output : graph.outputs()) is_output_[index(output)] = true;
}

ResidualBranch ResidualBranches::behind(TensorId operand) const {
  std::set<std::size_t> nodes;
  std::vector<TensorId> open{operand};
  std::vector<TensorId> seen;
  const auto serves_alone = [&](TensorId tensor) {
    if (is_output_[index(tensor)] || !producer_[index(tensor)]) return false;
    if (tensor == operand) return readers(tensor).size() == 1;
    return std::ranges::all_of(readers(tensor),
                               [&](std::size_t reader) { return nodes.contains(reader); });
  };
  while (!open.empty()) {
    const TensorId tensor = open.back();
    open.pop_back();
    if (std::ranges::find(seen, tensor) == seen.end()) seen.push_back(tensor);
    if (!serves_alone(tensor) || !nodes.insert(*producer_[index(tensor)]).second) continue;
    for (const TensorId input : graph_.nodes()[*producer_[index(tensor)]].inputs) {
      if (!graph_.tensor(input).is_constant) open.push_back(input);
    }
  }
  ResidualBranch branch{.nodes = {nodes.begin(), nodes.end()}, .entries = {}};
  std::ranges::sort(branch.nodes, {}, [&](std::size_t node) { return place_[node]; });
  for (const TensorId tensor : seen) {
    if (!producer_[index(tensor)] || !nodes.contains(*producer_[index(tensor)])) {
      branch.entries.push_back(tensor);
    }
  }
  return branch;
}

namespace {

/// Every entry of every axis once.
bool is_permutation(const op::Select& select) {
  return std::ranges::all_of(select.source, [](const std::vector<std::int64_t>& entries) {
    const std::set<std::int64_t> distinct(entries.begin(), entries.end());
    return distinct.size() == entries.size() && !entries.empty() && *distinct.begin() == 0 &&
           *distinct.rbegin() + 1 == std::ssize(entries);
  });
}

}  // namespace

bool is_rearrangement(const Graph& graph, const GraphNode& node) {
  const Operator& operation = node.operation;
  if (const auto* select = std::get_if<op::Select>(&operation)) {
    return is_permutation(*select) &&
           graph.tensor(node.inputs[0]).shape == graph.tensor(node.outputs[0]).shape;
  }
  return std::holds_alternative<op::Reshape>(operation) ||
         std::holds_alternative<op::Flatten>(operation) ||
         std::holds_alternative<op::Squeeze>(operation) ||
         std::holds_alternative<op::Unsqueeze>(operation) ||
         std::holds_alternative<op::Identity>(operation) ||
         std::holds_alternative<op::Transpose>(operation);
}

bool is_stream_addition(const Graph& graph, const GraphNode& node) {
  const auto* binary = std::get_if<op::Binary>(&node.operation);
  if (binary == nullptr || binary->kind != op::Binary::Kind::kAdd || node.inputs.size() != 2) {
    return false;
  }
  const GraphTensor& a = graph.tensor(node.inputs[0]);
  const GraphTensor& b = graph.tensor(node.inputs[1]);
  return !a.is_constant && !b.is_constant && a.shape && b.shape && *a.shape == *b.shape;
}

}  // namespace systerm
