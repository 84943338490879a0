// SPDX-License-Identifier: Apache-2.0
// Which rule of an experiment holds for a layer.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/design/experiment.h"

namespace systerm {

class Mapping;

struct LayerPrecisionChoice {
  const Precision* precision;       ///< belongs to the plan
  std::optional<std::size_t> rule;  ///< index in PrecisionPlan::layers; none for the default
};

/// The last rule whose pattern matches, or the default.
LayerPrecisionChoice precision_for(const PrecisionPlan& plan, std::string_view layer);

struct LayerPackingChoice {
  const LayerPacking* packing;      ///< belongs to the plan
  std::optional<std::size_t> rule;  ///< index in PackingPlan::layers; none for the default
};

/// The last rule whose pattern matches, or the default.
LayerPackingChoice packing_for(const PackingPlan& plan, std::string_view layer);

/// The last rule whose pattern matches, or null.
const MappingRule* mapping_for(std::span<const MappingRule> rules, std::string_view layer);

/// Indices of the rules whose pattern matches no layer: probably a typing error.
std::vector<std::size_t> unmatched_rules(const PrecisionPlan& plan,
                                         std::span<const std::string> layers);
std::vector<std::size_t> unmatched_rules(const PackingPlan& plan,
                                         std::span<const std::string> layers);
std::vector<std::size_t> unmatched_rules(std::span<const MappingRule> rules,
                                         std::span<const std::string> layers);

/// Records an error for a rule that was read but has an empty pattern or sets nothing.
void check_rule(const Mapping& rule);

}  // namespace systerm
