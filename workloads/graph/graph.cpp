// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/graph.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "workloads/graph/topological_order.h"

namespace systerm {

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

std::int64_t element_count(const Shape& shape) {
  // Below this bound sums and products with small factors stay far from the end of 64 bits.
  constexpr std::int64_t kLimit = std::int64_t{1} << 40;
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 0) {
      throw GraphError(fmt::format("shape {} has a negative extent", to_string(shape)));
    }
    if (extent >= kLimit || (extent > 0 && count >= kLimit / extent)) {
      throw GraphError(fmt::format("shape {} has more than 2^40 elements", to_string(shape)));
    }
    count *= extent;
  }
  return count;
}

TensorId Graph::add_tensor(GraphTensor tensor) {
  if (tensor.name.empty()) throw GraphError("a tensor without a name");
  if (tensor.shape) element_count(*tensor.shape);
  const auto id = static_cast<TensorId>(tensors_.size());
  if (!tensor_by_name_.emplace(tensor.name, id).second) {
    throw GraphError(fmt::format("two tensors are named '{}'", tensor.name));
  }
  if (tensor.is_constant) provided_.insert(index(id));
  tensors_.push_back(std::move(tensor));
  return id;
}

TensorId Graph::add_input(std::string tensor_name, Shape shape) {
  const TensorId id = add_tensor({.name = std::move(tensor_name), .shape = std::move(shape)});
  provided_.insert(index(id));
  inputs_.push_back(id);
  return id;
}

TensorId Graph::add_constant(std::string tensor_name, Shape shape, std::vector<float> values) {
  if (element_count(shape) != static_cast<std::int64_t>(values.size())) {
    throw GraphError(fmt::format("constant '{}' of shape {} has {} values", tensor_name,
                                 to_string(shape), values.size()));
  }
  return add_tensor({.name = std::move(tensor_name),
                     .shape = std::move(shape),
                     .is_constant = true,
                     .values = std::make_shared<const std::vector<float>>(std::move(values))});
}

TensorId Graph::add_constant(std::string tensor_name, Shape shape) {
  return add_tensor(
      {.name = std::move(tensor_name), .shape = std::move(shape), .is_constant = true});
}

void Graph::add_output(TensorId tensor) { outputs_.push_back(tensor); }

const GraphNode& Graph::add_node(GraphNode node) {
  if (node.name.empty()) throw GraphError(fmt::format("a {} node without a name", node.type));
  if (!node_names_.insert(node.name).second) {
    throw GraphError(fmt::format("two nodes are named '{}'", node.name));
  }
  for (const TensorId output : node.outputs) {
    if (!provided_.insert(index(output)).second) {
      throw GraphError(fmt::format("node '{}' ({}): its output '{}' already has a producer",
                                   node.name, node.type, tensor(output).name));
    }
  }
  nodes_.push_back(std::move(node));
  return nodes_.back();
}

void Graph::set_shape(TensorId id, Shape shape) {
  element_count(shape);
  tensors_[index(id)].shape = std::move(shape);
}

std::optional<TensorId> Graph::find(const std::string& tensor_name) const {
  const auto found = tensor_by_name_.find(tensor_name);
  if (found == tensor_by_name_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::size_t> topological_order(const Graph& graph) {
  std::unordered_map<std::size_t, std::size_t> producer;
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    for (const TensorId output : graph.nodes()[i].outputs) producer.emplace(index(output), i);
  }
  std::vector<std::vector<std::size_t>> dependencies(graph.nodes().size());
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const GraphNode& node = graph.nodes()[i];
    for (const TensorId input : node.inputs) {
      if (!graph.is_provided(input)) {
        throw GraphError(fmt::format("node '{}' ({}): nobody provides its input '{}'", node.name,
                                     node.type, graph.tensor(input).name));
      }
      const auto found = producer.find(index(input));
      if (found != producer.end()) dependencies[i].push_back(found->second);
    }
  }
  TopologicalOrder result = stable_topological_order(dependencies);
  if (!result.cycle.empty()) {
    std::vector<std::string> names;
    for (const std::size_t i : result.cycle) names.push_back(graph.nodes()[i].name);
    throw GraphError(fmt::format("the graph has a cycle: '{}' needs itself through '{}'",
                                 names.front(), fmt::join(names, "' <- '")));
  }
  return std::move(result.order);
}

}  // namespace systerm
