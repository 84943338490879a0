// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/magnitude_pruning.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace systerm {

void prune_smallest(std::span<float> weights, std::size_t count) {
  const auto bad = std::ranges::find_if(weights, [](float weight) { return std::isnan(weight); });
  if (bad != weights.end()) {
    throw std::invalid_argument("weight " + std::to_string(bad - weights.begin()) +
                                " is not a number");
  }
  count = std::min(count, weights.size());
  std::vector<std::uint32_t> order(weights.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto smaller = [&](std::uint32_t a, std::uint32_t b) {
    const float x = std::abs(weights[a]);
    const float y = std::abs(weights[b]);
    return x != y ? x < y : a < b;
  };
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(count);
  if (end != order.end()) std::nth_element(order.begin(), end, order.end(), smaller);
  std::for_each(order.begin(), end, [&](std::uint32_t index) { weights[index] = 0.0F; });
}

double PruningSchedule::rate(int point) const {
  const double left = 1.0 - static_cast<double>(std::clamp(point, 0, points)) / points;
  return final_rate * (1.0 - left * left * left);
}

std::size_t published_prune_count(std::size_t weights, double rate, int alpha) {
  return static_cast<std::size_t>(
      std::ceil(static_cast<double>(weights) * rate * (1.0 - 1.0 / alpha)));
}

std::size_t prune_count(PruneRule rule, std::size_t weights, double rate, int alpha) {
  switch (rule) {
    case PruneRule::kShare:
      return static_cast<std::size_t>(std::llround(rate * static_cast<double>(weights)));
    case PruneRule::kPublished:
      return published_prune_count(weights, rate, alpha);
  }
  throw std::logic_error("no such rule of pruning");
}

}  // namespace systerm
