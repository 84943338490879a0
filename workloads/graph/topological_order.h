// SPDX-License-Identifier: Apache-2.0
// Order of execution of things that depend on each other.
#pragma once

#include <cstddef>
#include <vector>

namespace systerm {

struct TopologicalOrder {
  std::vector<std::size_t> order;  ///< complete only if there is no cycle
  std::vector<std::size_t>
      cycle;  ///< one cycle, each depending on the next; empty if there is none
};

/// dependencies[i] lists what must come before i. Among those that are ready, the lowest index goes
/// first, so an order that is already valid stays.
TopologicalOrder stable_topological_order(
    const std::vector<std::vector<std::size_t>>& dependencies);

}  // namespace systerm
