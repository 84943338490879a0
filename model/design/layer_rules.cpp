// SPDX-License-Identifier: Apache-2.0
#include "model/design/layer_rules.h"

#include <algorithm>

#include "model/design/shell_pattern.h"
#include "workloads/document/mapping.h"

namespace systerm {
namespace {

template <typename Rule>
std::optional<std::size_t> last_match(std::span<const Rule> rules, std::string_view layer) {
  for (std::size_t i = rules.size(); i > 0; --i) {
    if (matches_pattern(rules[i - 1].match, layer)) return i - 1;
  }
  return std::nullopt;
}

template <typename Rule>
std::vector<std::size_t> without_match(std::span<const Rule> rules,
                                       std::span<const std::string> layers) {
  std::vector<std::size_t> unmatched;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const bool matches = std::any_of(layers.begin(), layers.end(), [&](const std::string& layer) {
      return matches_pattern(rules[i].match, layer);
    });
    if (!matches) unmatched.push_back(i);
  }
  return unmatched;
}

}  // namespace

LayerPrecisionChoice precision_for(const PrecisionPlan& plan, std::string_view layer) {
  const auto rule = last_match(std::span(plan.layers), layer);
  return {rule ? &plan.layers[*rule].precision : &plan.defaults, rule};
}

LayerPackingChoice packing_for(const PackingPlan& plan, std::string_view layer) {
  const auto rule = last_match(std::span(plan.layers), layer);
  return {rule ? &plan.layers[*rule].packing : &plan.defaults, rule};
}

const MappingRule* mapping_for(std::span<const MappingRule> rules, std::string_view layer) {
  const auto rule = last_match(rules, layer);
  return rule ? &rules[*rule] : nullptr;
}

std::vector<std::size_t> unmatched_rules(const PrecisionPlan& plan,
                                         std::span<const std::string> layers) {
  return without_match(std::span(plan.layers), layers);
}

std::vector<std::size_t> unmatched_rules(const PackingPlan& plan,
                                         std::span<const std::string> layers) {
  return without_match(std::span(plan.layers), layers);
}

std::vector<std::size_t> unmatched_rules(std::span<const MappingRule> rules,
                                         std::span<const std::string> layers) {
  return without_match(rules, layers);
}

void check_rule(const Mapping& rule) {
  const Node& node = rule.node();
  if (node.is_silent()) return;
  if (const TreeEntry* match = node.tree()->find("match")) {
    if (match->value->kind == TreeNode::Kind::kScalar && match->value->text.empty()) {
      node.error_at("match", "an empty pattern matches no layer");
    } else if (node.tree()->entries.size() == 1) {
      node.error("the rule sets nothing; add a key beside match");
    }
  }
}

}  // namespace systerm
