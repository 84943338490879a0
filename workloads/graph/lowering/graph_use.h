// SPDX-License-Identifier: Apache-2.0
// Who reads which tensor of a graph, once nodes that no output needs are left out.
#pragma once

#include <cstddef>
#include <vector>

#include "workloads/graph/activation_patterns.h"
#include "workloads/graph/graph.h"

namespace systerm {

class GraphUse {
 public:
  explicit GraphUse(const Graph& graph);

  /// Positions of the nodes that an output depends on, producers first.
  const std::vector<std::size_t>& order() const { return order_; }
  /// Inputs of the node at a position; of a multiplication that completes an activation, the data.
  std::vector<TensorId> inputs_of(std::size_t node) const;
  /// The activation that the node at a position completes, or null.
  const ActivationPatterns::Match* pattern_at(std::size_t node) const;

  /// Readers and outputs of the graph.
  int uses(TensorId tensor) const { return uses_[index(tensor)]; }
  const std::vector<std::size_t>& readers(TensorId tensor) const { return readers_[index(tensor)]; }
  bool is_output(TensorId tensor) const { return is_output_[index(tensor)]; }

 private:
  std::vector<std::size_t> live_nodes() const;
  void count_uses();

  const Graph& graph_;
  ActivationPatterns patterns_;
  std::vector<std::size_t> order_;
  std::vector<int> uses_;                          ///< by tensor
  std::vector<std::vector<std::size_t>> readers_;  ///< by tensor: nodes
  std::vector<bool> is_output_;                    ///< by tensor
};

}  // namespace systerm
