// SPDX-License-Identifier: Apache-2.0
// Which layers of an experiment are pruned and packed, and how.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "components/arithmetic/packing.h"

namespace systerm {

/// How many weights of a layer pruning removes.
enum class PruneRule : std::uint8_t {
  kShare,      ///< `prune` of all weights
  kPublished,  ///< ceil(weights * prune * (1 - 1 / alpha)): published_prune_count
};

struct LayerPacking {
  std::string method = "none";  ///< one of packing_names()
  PackingParameters parameters;
  double prune = 0.0;  ///< share of the weights, the smallest magnitudes
  PruneRule prune_rule = PruneRule::kShare;

  friend bool operator==(const LayerPacking&, const LayerPacking&) = default;
};

/// Applies to every layer whose name matches a shell pattern, later rules over earlier ones.
struct PackingRule {
  std::string match;
  LayerPacking packing;

  friend bool operator==(const PackingRule&, const PackingRule&) = default;
};

struct PackingPlan {
  LayerPacking defaults;
  /// Synthetic weights get columns of uneven magnitude, see skew_columns, for this density.
  double column_skew = 0.0;  ///< 0 for none
  /// Channels are renumbered so that those of a group are neighbours, see orders_of_groups.
  bool renumber_channels = false;
  std::vector<PackingRule> layers;

  friend bool operator==(const PackingPlan&, const PackingPlan&) = default;
  bool is_empty() const { return *this == PackingPlan{}; }
};

}  // namespace systerm
