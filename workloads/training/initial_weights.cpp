// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/initial_weights.h"

#include <cmath>
#include <utility>

#include "workloads/data/synthetic.h"

namespace systerm {

namespace {

using Values = std::vector<float>;

Values uniform(const GraphTensor& tensor, std::int64_t fan_in, std::uint64_t seed) {
  const std::uint64_t key = random_key(seed, tensor.name);
  const double reach = std::sqrt(6.0 / static_cast<double>(fan_in));
  Values values(static_cast<std::size_t>(element_count(*tensor.shape)));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(reach * (2.0 * random_uniform(random_bits(key, i)) - 1.0));
  }
  return values;
}

class InitialValues {
 public:
  InitialValues(const Graph& graph, std::uint64_t seed, bool replaces)
      : graph_(graph), seed_(seed), replaces_(replaces), values(graph.tensors().size()) {}

  void operator()(const GraphNode& node, const op::Convolution&) {
    const Shape& shape = *graph_.tensor(node.inputs[1]).shape;
    weights(node.inputs[1], element_count(shape) / shape[0]);
    constant(node, 2, 0.0F);
  }
  void operator()(const GraphNode& node, const op::Linear& linear) {
    const Shape& shape = *graph_.tensor(node.inputs[1]).shape;
    weights(node.inputs[1], linear.filters_first ? shape[1] : shape[0]);
    constant(node, 2, 0.0F);
  }
  void operator()(const GraphNode& node, const op::BatchNorm&) {
    constant(node, 1, 1.0F);
    constant(node, 2, 0.0F);
    constant(node, 3, 0.0F);
    constant(node, 4, 1.0F);
  }
  template <typename Operation>
  void operator()(const GraphNode&, const Operation&) {}

 private:
  bool is_wanted(TensorId id) const {
    const GraphTensor& tensor = graph_.tensor(id);
    return tensor.is_constant && (replaces_ || !tensor.values) && !values[index(id)];
  }
  void weights(TensorId id, std::int64_t fan_in) {
    if (!is_wanted(id)) return;
    values[index(id)] = std::make_shared<const Values>(uniform(graph_.tensor(id), fan_in, seed_));
  }
  void constant(const GraphNode& node, std::size_t input, float value) {
    if (input >= node.inputs.size() || !is_wanted(node.inputs[input])) return;
    const GraphTensor& tensor = graph_.tensor(node.inputs[input]);
    values[index(node.inputs[input])] = std::make_shared<const Values>(
        static_cast<std::size_t>(element_count(*tensor.shape)), value);
  }

  const Graph& graph_;
  std::uint64_t seed_;
  bool replaces_;

 public:
  std::vector<std::shared_ptr<const Values>> values;  ///< by TensorId
};

}  // namespace

Graph with_values(const Graph& graph,
                  const std::vector<std::shared_ptr<const std::vector<float>>>& values) {
  Graph result;
  result.name = graph.name;
  result.source = graph.source;
  result.notes = graph.notes;
  const auto is_input = [&](TensorId id) {
    for (const TensorId input : graph.inputs()) {
      if (input == id) return true;
    }
    return false;
  };
  for (std::size_t i = 0; i < graph.tensors().size(); ++i) {
    GraphTensor tensor = graph.tensors()[i];
    if (values[i]) tensor.values = values[i];
    if (is_input(static_cast<TensorId>(i))) {
      result.add_input(std::move(tensor.name), *tensor.shape);
    } else {
      result.add_tensor(std::move(tensor));
    }
  }
  for (const GraphNode& node : graph.nodes()) result.add_node(node);
  for (const TensorId output : graph.outputs()) result.add_output(output);
  return result;
}

Graph with_initial_weights(const Graph& graph, std::uint64_t seed, bool replaces) {
  InitialValues initial(graph, seed, replaces);
  for (const GraphNode& node : graph.nodes()) {
    std::visit([&](const auto& operation) { initial(node, operation); }, node.operation);
  }
  return with_values(graph, initial.values);
}

}  // namespace systerm
