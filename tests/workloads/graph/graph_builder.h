// SPDX-License-Identifier: Apache-2.0
// Builds small graphs with random weights, node by node.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "workloads/graph/graph.h"
#include "workloads/graph/shape_inference.h"

namespace systerm {

class GraphBuilder {
 public:
  explicit GraphBuilder(std::uint32_t seed = 1) : random_(seed) {
    graph.name = "test";
    graph.source = "test";
  }

  TensorId input(const std::string& name, Shape shape) {
    std::vector<double> values(static_cast<std::size_t>(element_count(shape)));
    for (double& value : values) value = static_cast<double>(uniform(-1.0F, 1.0F));
    inputs[name] = std::move(values);
    return graph.add_input(name, std::move(shape));
  }

  TensorId constant(const std::string& name, Shape shape, float low = -1.0F, float high = 1.0F) {
    std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
    for (float& value : values) value = uniform(low, high);
    return graph.add_constant(name, std::move(shape), std::move(values));
  }

  /// The node's output bears the node's name.
  TensorId node(const std::string& name, Operator operation, std::vector<TensorId> inputs_of_node) {
    const TensorId output = graph.add_tensor({.name = name});
    infer_shapes(graph, graph.add_node({.name = name,
                                        .type = "Test",
                                        .operation = std::move(operation),
                                        .inputs = std::move(inputs_of_node),
                                        .outputs = {output}}));
    return output;
  }

  TensorId convolution(const std::string& name, TensorId data, std::int64_t filters,
                       const Window& window, std::int64_t groups = 1, bool bias = true) {
    const Shape& shape = *graph.tensor(data).shape;
    Shape kernel{filters, shape[1] / groups};
    if (shape.size() == 4) kernel.push_back(window.kernel_height);
    kernel.push_back(window.kernel_width);
    std::vector<TensorId> operands{data, constant(name + ".weight", kernel)};
    if (bias) operands.push_back(constant(name + ".bias", {filters}));
    return node(name, op::Convolution{window, groups}, std::move(operands));
  }

  TensorId pointwise(const std::string& name, TensorId data, std::int64_t filters) {
    return convolution(name, data, filters, Window{});
  }

  TensorId linear(const std::string& name, TensorId data, std::int64_t features) {
    const std::int64_t k = graph.tensor(data).shape->back();
    return node(
        name, op::Linear{},
        {data, constant(name + ".weight", {features, k}), constant(name + ".bias", {features})});
  }

  TensorId batch_norm(const std::string& name, TensorId data) {
    const std::int64_t c = (*graph.tensor(data).shape)[1];
    return node(name, op::BatchNorm{},
                {data, constant(name + ".scale", {c}), constant(name + ".shift", {c}),
                 constant(name + ".mean", {c}), constant(name + ".variance", {c}, 0.5F, 2.0F)});
  }

  TensorId relu(const std::string& name, TensorId data) {
    return node(name, op::Activate{{.function = ActivationFunction::kRelu}}, {data});
  }

  TensorId add(const std::string& name, TensorId a, TensorId b) {
    return node(name, op::Binary{op::Binary::Kind::kAdd}, {a, b});
  }

  TensorId multiply(const std::string& name, TensorId a, TensorId b) {
    return node(name, op::Binary{op::Binary::Kind::kMultiply}, {a, b});
  }

  float uniform(float low, float high) {
    return std::uniform_real_distribution<float>(low, high)(random_);
  }
  std::int64_t integer(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }

  Graph graph;
  std::map<std::string, std::vector<double>> inputs;

 private:
  std::mt19937 random_;
};

}  // namespace systerm
