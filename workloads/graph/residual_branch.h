// SPDX-License-Identifier: Apache-2.0
// The part of a graph that stands behind one operand of an addition: the function of a residual
// block.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "workloads/graph/graph.h"

namespace systerm {

/// Nodes that serve one tensor alone.
struct ResidualBranch {
  std::vector<std::size_t> nodes;  ///< positions in Graph::nodes, producers first
  std::vector<TensorId> entries;   ///< what they read beside constants and each other's results
};

class ResidualBranches {
 public:
  explicit ResidualBranches(const Graph& graph);

  /// All nodes whose results lead to `operand` and to nothing else; none if other nodes read
  /// `operand`, which is then its own entry.
  ResidualBranch behind(TensorId operand) const;

  const std::vector<std::size_t>& readers(TensorId tensor) const { return readers_[index(tensor)]; }
  std::optional<std::size_t> producer(TensorId tensor) const { return producer_[index(tensor)]; }
  const std::vector<std::size_t>& order() const { return order_; }

 private:
  const Graph& graph_;
  std::vector<std::size_t> order_;
  std::vector<std::size_t> place_;  ///< in the order; by node
  std::vector<std::vector<std::size_t>> readers_;
  std::vector<std::optional<std::size_t>> producer_;
  std::vector<bool> is_output_;
};

/// Moves every value of its input to one place of its result, and so can be undone.
bool is_rearrangement(const Graph& graph, const GraphNode& node);

/// An addition of two activations of equal shape.
bool is_stream_addition(const Graph& graph, const GraphNode& node);

}  // namespace systerm
