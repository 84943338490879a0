// SPDX-License-Identifier: Apache-2.0
// Which layers of an experiment are pruned and packed, and how.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "components/arithmetic/magnitude_pruning.h"
#include "components/arithmetic/packing.h"

namespace systerm {

struct LayerPacking {
  std::string method = "none";  ///< one of packing_names()
  PackingParameters parameters;
  double prune = 0.0;  ///< share of the weights, the smallest magnitudes
  PruneRule prune_rule = PruneRule::kShare;

  bool combines() const { return method != "none"; }
  /// Weights that pruning at `rate` takes from a layer of so many.
  std::size_t pruned(std::size_t weights, double rate) const {
    return prune_count(combines() ? prune_rule : PruneRule::kShare, weights, rate,
                       parameters.alpha);
  }
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
  /// Groups of columns by layer (.npz), see with_groups_of; in place of choosing them. Empty for
  /// none.
  std::filesystem::path groups{};
  /// Synthetic weights get columns of uneven magnitude, see skew_columns, for this density.
  double column_skew = 0.0;  ///< 0 for none
  /// Channels are renumbered so that those of a group are neighbours, see orders_of_groups.
  bool renumber_channels = false;
  std::vector<PackingRule> layers{};

  friend bool operator==(const PackingPlan&, const PackingPlan&) = default;
  bool is_empty() const { return *this == PackingPlan{}; }
};

}  // namespace systerm
