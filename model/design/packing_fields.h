// SPDX-License-Identifier: Apache-2.0
// The keys of `packing` in an experiment, one a line, with their ranges. `Form` is Mapping to read
// them and MappingWriter to write them.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "model/design/packing_plan.h"
#include "workloads/document/mapping.h"

namespace systerm {

inline constexpr std::array<Choice<PruneRule>, 2> kPruneRuleNames = {
    {{"share", PruneRule::kShare}, {"published", PruneRule::kPublished}}};

template <typename Form, typename Config>
void layer_packing_fields(Form& form, Config& packing) {
  form.name("method", packing.method, packing_names());
  const bool combines = packing.method != "none";
  const std::string reason = "has no effect with method none; remove it, or choose a method";
  auto& parameters = packing.parameters;
  if (form.applies("algorithm", combines, reason)) {
    form.name("algorithm", parameters.algorithm, grouping_names());
  }
  if (form.applies("alpha", combines, reason)) {
    form.integer("alpha", parameters.alpha, {.minimum = 1, .maximum = kMaxAlpha});
  }
  if (form.applies("gamma", combines, reason)) {
    form.number("gamma", parameters.gamma, {.minimum = 0.0, .maximum = 1e6});
  }
  if (form.applies("section", combines, reason)) {
    form.integer("section", parameters.section, {.minimum = 0, .maximum = 1 << 30});
  }
  form.number("prune", packing.prune, {.minimum = 0.0, .maximum = 1.0});
  if (form.applies("prune_rule", combines, reason)) {
    form.choice("prune_rule", packing.prune_rule, kPruneRuleNames);
  }
}

/// What decides which columns are combined, and is decided already where groups are given.
inline constexpr std::array<std::string_view, 9> kChoiceOfGroups = {
    "method", "algorithm",  "alpha",       "gamma", "section",
    "prune",  "prune_rule", "column_skew", "layers"};

template <typename Form, typename Config>
void renumbering_field(Form& form, Config& plan) {
  // Not written where it is off: older configurations keep their hash.
  if (!std::is_const_v<Config> || plan.renumber_channels) {
    form.boolean("renumber_channels", plan.renumber_channels);
  }
}

template <typename Form, typename Config, typename CheckRule>
void packing_rule_fields(Form& form, Config& plan, CheckRule check_rule) {
  form.sequence("layers", plan.layers, [&](auto& below, auto& rule) {
    below.text("match", rule.match, Presence::kRequired);
    if constexpr (!std::is_const_v<std::remove_reference_t<decltype(rule)>>) {
      rule.packing = plan.defaults;
    }
    layer_packing_fields(below, rule.packing);
    check_rule(below);
  });
}

/// `check_rule` is told of every rule that was read.
template <typename Form, typename Config, typename CheckRule>
void packing_fields(Form& form, Config& plan, CheckRule check_rule) {
  form.path("groups", plan.groups);
  if (plan.groups.empty()) {
    layer_packing_fields(form, plan.defaults);
    form.number("column_skew", plan.column_skew, {.minimum = 0.0, .maximum = 0.99});
    renumbering_field(form, plan);
    packing_rule_fields(form, plan, check_rule);
    return;
  }
  for (const std::string_view key : kChoiceOfGroups) {
    form.applies(key, false, "has no effect with groups, which say what is combined; remove it");
  }
  renumbering_field(form, plan);
}

}  // namespace systerm
