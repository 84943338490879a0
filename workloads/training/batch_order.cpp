// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/batch_order.h"

#include <numeric>
#include <string>
#include <utility>

#include "workloads/data/synthetic.h"

namespace systerm {

std::vector<std::size_t> epoch_order(std::size_t samples, std::uint64_t seed, std::int64_t epoch) {
  std::vector<std::size_t> order(samples);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::uint64_t key = random_key(seed, "order of epoch " + std::to_string(epoch));
  for (std::size_t i = samples; i > 1; --i) {
    std::swap(order[i - 1], order[random_bits(key, i) % i]);
  }
  return order;
}

}  // namespace systerm
