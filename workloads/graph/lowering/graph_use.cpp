// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/lowering/graph_use.h"

#include <algorithm>

namespace systerm {

GraphUse::GraphUse(const Graph& graph)
    : graph_(graph),
      patterns_(find_activation_patterns(graph)),
      uses_(graph.tensors().size(), 0),
      readers_(graph.tensors().size()),
      is_output_(graph.tensors().size(), false) {
  order_ = live_nodes();
  count_uses();
}

std::vector<std::size_t> GraphUse::live_nodes() const {
  const std::vector<std::size_t> order = topological_order(graph_);
  std::vector<bool> needed(graph_.tensors().size(), false);
  for (const TensorId output : graph_.outputs()) needed[index(output)] = true;
  std::vector<std::size_t> live;
  for (auto i = order.rbegin(); i != order.rend(); ++i) {
    const GraphNode& node = graph_.nodes()[*i];
    const bool is_live =
        std::ranges::any_of(node.outputs, [&](TensorId output) { return needed[index(output)]; });
    if (!is_live || patterns_.absorbed.contains(*i)) continue;
    for (const TensorId input : inputs_of(*i)) needed[index(input)] = true;
    live.push_back(*i);
  }
  std::ranges::reverse(live);
  return live;
}

std::vector<TensorId> GraphUse::inputs_of(std::size_t node) const {
  const auto match = patterns_.completed_by.find(node);
  if (match != patterns_.completed_by.end()) return {match->second.data};
  return graph_.nodes()[node].inputs;
}

void GraphUse::count_uses() {
  for (const std::size_t i : order_) {
    for (const TensorId input : inputs_of(i)) {
      ++uses_[index(input)];
      readers_[index(input)].push_back(i);
    }
  }
  for (const TensorId output : graph_.outputs()) {
    ++uses_[index(output)];
    is_output_[index(output)] = true;
  }
}

const ActivationPatterns::Match* GraphUse::pattern_at(std::size_t node) const {
  const auto match = patterns_.completed_by.find(node);
  return match == patterns_.completed_by.end() ? nullptr : &match->second;
}

}  // namespace systerm
