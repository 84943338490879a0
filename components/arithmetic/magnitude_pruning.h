// SPDX-License-Identifier: Apache-2.0
// Pruning by magnitude, and the published schedule of how much. Source: the code published with
// arXiv 1811.04770.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace systerm {

/// Sets the `count` weights of smallest magnitude to zero, of equal ones those of lowest index
/// first. At most all of them. Throws std::invalid_argument if one is NaN.
void prune_smallest(std::span<float> weights, std::size_t count);

/// Published: ten prune points over the first half of training, cubic.
struct PruningSchedule {
  double final_rate = 0.8;
  int points = 10;

  /// final_rate (1 - (1 - point / points)^3) for 0 <= point <= points; constant beyond.
  double rate(int point) const;
};

/// Published: ceil(weights * rate * (1 - 1 / alpha)); a layer that is not packed (alpha 1) is not
/// pruned.
std::size_t published_prune_count(std::size_t weights, double rate, int alpha);

/// How many weights of a layer pruning removes.
enum class PruneRule : std::uint8_t {
  kShare,      ///< `rate` of all weights
  kPublished,  ///< published_prune_count()
};

std::size_t prune_count(PruneRule rule, std::size_t weights, double rate, int alpha);

}  // namespace systerm
