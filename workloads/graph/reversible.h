// SPDX-License-Identifier: Apache-2.0
// Reversible parts of a graph: chains of additive couplings of two streams, y = x + F(z), from
// whose last streams all earlier ones can be computed again. Sources: Gomez et al., RevNet, NIPS
// 2017 (arXiv 1707.04585), section 3; Jacobsen et al., i-RevNet, ICLR 2018, for rearrangements.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "workloads/graph/graph.h"

namespace systerm {

/// result = skip + F(entry), all of one shape.
struct Coupling {
  std::size_t node = 0;  ///< the addition; position in Graph::nodes
  TensorId skip{};
  TensorId entry{};
  TensorId operand{};  ///< F(entry)
  TensorId result{};
  std::vector<std::size_t> branch;  ///< nodes of F, producers first
  /// Nodes that rearrange a stream before this coupling, producers first.
  std::vector<std::size_t> moves;
};

struct ReversibleChain {
  std::vector<Coupling> couplings;   ///< in forward order
  std::array<TensorId, 2> begins{};  ///< the streams before the first coupling
  std::array<TensorId, 2> ends{};    ///< and after the last one
};

struct ReversibleStructure {
  std::vector<ReversibleChain> chains;  ///< in forward order

  bool is_empty() const { return chains.empty(); }
};

/// Chains as long as they can be. A coupling belongs to one chain. Follows from the graph alone: an
/// addition is a coupling if one operand is computed from one tensor of the same shape, other than
/// the other operand, by nodes that serve nothing else.
ReversibleStructure find_reversible(const Graph& graph);

/// Topological, with the nodes of each coupling side by side.
std::vector<std::size_t> coupling_order(const Graph& graph, const ReversibleStructure& structure);

}  // namespace systerm
