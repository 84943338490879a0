// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/activation_patterns.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace systerm {

namespace {

std::optional<Activation> gated(const Activation& gate) {
  if (gate.function == ActivationFunction::kSigmoid) {
    return Activation{.function = ActivationFunction::kSwish};
  }
  if (gate.function == ActivationFunction::kHardSigmoid &&
      std::abs(gate.alpha - 1.0F / 6.0F) < 1e-6F && gate.beta == 0.5F) {
    return Activation{.function = ActivationFunction::kHardSwish};
  }
  return std::nullopt;
}

}  // namespace

ActivationPatterns find_activation_patterns(const Graph& graph) {
  std::unordered_map<std::size_t, std::size_t> producer;
  std::unordered_map<std::size_t, int> uses;
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    for (const TensorId output : graph.nodes()[i].outputs) producer[index(output)] = i;
    for (const TensorId input : graph.nodes()[i].inputs) ++uses[index(input)];
  }
  for (const TensorId output : graph.outputs()) ++uses[index(output)];

  ActivationPatterns patterns;
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const GraphNode& node = graph.nodes()[i];
    const auto* binary = std::get_if<op::Binary>(&node.operation);
    if (!binary || binary->kind != op::Binary::Kind::kMultiply) continue;
    for (std::size_t side = 0; side < 2; ++side) {
      const TensorId gate = node.inputs[side];
      const TensorId data = node.inputs[1 - side];
      const auto found = producer.find(index(gate));
      if (found == producer.end() || uses[index(gate)] != 1) continue;
      const GraphNode& maker = graph.nodes()[found->second];
      const auto* activate = std::get_if<op::Activate>(&maker.operation);
      if (!activate || maker.inputs.front() != data) continue;
      if (const auto activation = gated(activate->activation)) {
        patterns.completed_by[i] = {*activation, data};
        patterns.absorbed.insert(found->second);
        break;
      }
    }
  }
  return patterns;
}

}  // namespace systerm
