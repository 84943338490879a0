// SPDX-License-Identifier: Apache-2.0
#include "model/training/training_network.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/design/shell_pattern.h"
#include "workloads/document/nearest_name.h"
#include "workloads/graph/make_reversible.h"
#include "workloads/graph/residual_branch.h"
#include "workloads/import/onnx.h"
#include "workloads/zoo/network_zoo.h"

namespace systerm {

Graph with_reversible_blocks(const Graph& graph, const std::vector<std::string>& patterns) {
  std::vector<std::string> additions;
  for (const GraphNode& node : graph.nodes()) {
    if (is_stream_addition(graph, node)) additions.push_back(node.name);
  }
  std::vector<std::string> chosen;
  for (const std::string& pattern : patterns) {
    bool is_used = false;
    for (const std::string& name : additions) {
      if (!matches_pattern(pattern, name)) continue;
      is_used = true;
      if (std::ranges::find(chosen, name) == chosen.end()) chosen.push_back(name);
    }
    if (!is_used) {
      throw GraphError(fmt::format("reversible blocks: no addition of '{}' matches '{}'; {}",
                                   graph.name, pattern, suggest_name(pattern, additions)));
    }
  }
  return make_reversible(graph, chosen);
}

Graph load_training_network(const std::string& network, std::int64_t batch, const Extents& extents,
                            const std::vector<std::string>& reversible_blocks) {
  Graph graph = network.ends_with(".onnx")
                    ? import_onnx(network, {.batch = batch, .dimensions = extents})
                    : zoo_graph(network, batch, extents);
  return reversible_blocks.empty() ? graph : with_reversible_blocks(graph, reversible_blocks);
}

}  // namespace systerm
