// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/shard.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include <fmt/format.h>

#include "workloads/document/quantity.h"

namespace systerm {

Shard parse_shard(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string::npos) {
    const auto index = parse_integer(text.substr(0, slash));
    const auto count = parse_integer(text.substr(slash + 1));
    if (index && count && 1 <= *index && *index <= *count) {
      return {static_cast<std::size_t>(*index - 1), static_cast<std::size_t>(*count)};
    }
  }
  throw std::invalid_argument(
      fmt::format("expected a shard from 1/N to N/N, such as 3/16; got '{}'", text));
}

std::vector<std::size_t> points_of_shard(const SweepPlan& plan, const Shard& shard) {
  std::vector<std::size_t> order(plan.points().size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return plan.points()[a].work > plan.points()[b].work;
  });
  std::vector<std::size_t> points;
  for (std::size_t i = shard.index; i < order.size(); i += shard.count) points.push_back(order[i]);
  return points;
}

}  // namespace systerm
