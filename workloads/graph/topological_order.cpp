// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/topological_order.h"

#include <algorithm>
#include <functional>
#include <queue>

namespace systerm {

TopologicalOrder stable_topological_order(
    const std::vector<std::vector<std::size_t>>& dependencies) {
  const std::size_t count = dependencies.size();
  std::vector<std::size_t> missing(count);
  std::vector<std::vector<std::size_t>> dependents(count);
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < count; ++i) {
    missing[i] = dependencies[i].size();
    for (const std::size_t before : dependencies[i]) dependents[before].push_back(i);
    if (missing[i] == 0) ready.push(i);
  }

  TopologicalOrder result;
  while (!ready.empty()) {
    const std::size_t next = ready.top();
    ready.pop();
    result.order.push_back(next);
    for (const std::size_t dependent : dependents[next]) {
      if (--missing[dependent] == 0) ready.push(dependent);
    }
  }
  if (result.order.size() == count) return result;

  // Whoever is left waits for someone who is left: following that leads around a cycle.
  const auto is_left = [&](std::size_t i) { return missing[i] > 0; };
  std::size_t current = 0;
  while (!is_left(current)) ++current;
  std::vector<std::size_t> path;
  while (std::ranges::find(path, current) == path.end()) {
    path.push_back(current);
    current = *std::ranges::find_if(dependencies[current], is_left);
  }
  result.cycle.assign(std::ranges::find(path, current), path.end());
  return result;
}

}  // namespace systerm
