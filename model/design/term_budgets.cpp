// SPDX-License-Identifier: Apache-2.0
#include "model/design/term_budgets.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "components/arithmetic/format.h"
#include "model/design/layer_rules.h"

namespace systerm {

namespace {

void set(Precision& precision, const TermBudget& budget) {
  FormatParameters& parameters = precision.parameters;
  parameters.group_budget = budget.group_budget;
  parameters.data_terms = budget.data_terms;
}

TermBudget budget_of(const Precision& precision) {
  return {precision.parameters.group_budget, precision.parameters.data_terms};
}

/// A pattern that matches this name and no other.
std::string literal_pattern(std::string_view name) {
  std::string pattern;
  for (const char c : name) {
    // A set of one character stands for that character.
    const bool is_special = c == '*' || c == '?' || c == '[';
    pattern += is_special ? fmt::format("[{}]", c) : std::string(1, c);
  }
  return pattern;
}

}  // namespace

bool has_budget(const Precision& precision) {
  const auto unused = make_format(precision.format, precision.parameters)->unused_parameters();
  return std::ranges::find(unused, "group_budget") == unused.end();
}

std::vector<TermBudget> budget_ladder(const std::vector<int>& group_budgets,
                                      const std::vector<int>& data_terms) {
  std::vector<TermBudget> ladder;
  for (const int k : group_budgets) {
    for (const int s : data_terms) {
      if (std::ranges::find(ladder, TermBudget{k, s}) == ladder.end()) ladder.push_back({k, s});
    }
  }
  std::ranges::sort(ladder, [](const TermBudget& a, const TermBudget& b) {
    const int first = a.group_budget * a.data_terms;
    const int second = b.group_budget * b.data_terms;
    return first != second ? first > second : a.group_budget > b.group_budget;
  });
  return ladder;
}

PrecisionPlan with_default_budget(PrecisionPlan plan, const TermBudget& budget) {
  if (!has_budget(plan.defaults)) {
    throw std::invalid_argument(
        fmt::format("format {} of precision.default has no term budget", plan.defaults.format));
  }
  const TermBudget before = budget_of(plan.defaults);
  set(plan.defaults, budget);
  for (PrecisionRule& rule : plan.layers) {
    if (rule.precision.format == plan.defaults.format && budget_of(rule.precision) == before) {
      set(rule.precision, budget);
    }
  }
  return plan;
}

PrecisionPlan with_layer_budget(PrecisionPlan plan, std::string_view layer,
                                const TermBudget& budget) {
  Precision precision = *precision_for(plan, layer).precision;
  set(precision, budget);
  plan.layers.push_back({literal_pattern(layer), precision});
  return plan;
}

PrecisionPlan resolution_of(PrecisionPlan plan, const TermBudget& budget) {
  const auto store = [](Precision& precision) {
    FormatParameters& parameters = precision.parameters;
    if (parameters.term_layout == TermLayout::kIndexed && has_budget(precision)) {
      parameters.stored_budget = std::max(parameters.stored_budget, parameters.group_budget);
    }
  };
  store(plan.defaults);
  for (PrecisionRule& rule : plan.layers) store(rule.precision);
  return with_default_budget(std::move(plan), budget);
}

}  // namespace systerm
