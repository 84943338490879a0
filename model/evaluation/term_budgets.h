// SPDX-License-Identifier: Apache-2.0
// Term budgets as something to vary: how many terms a weight group and a data value keep.
#pragma once

#include <string_view>
#include <vector>

#include "model/design/experiment.h"

namespace systerm {

struct TermBudget {
  int group_budget = 0;
  int data_terms = 0;

  friend bool operator==(const TermBudget&, const TermBudget&) = default;
};

/// Whether the format of a precision keeps to budgets at all.
bool has_budget(const Precision& precision);

/// Every combination, the most generous first: by the product of both, then by the group budget.
std::vector<TermBudget> budget_ladder(const std::vector<int>& group_budgets,
                                      const std::vector<int>& data_terms);

/// `plan` with this budget as its default; rules that had the default's budget follow it. Throws
/// std::invalid_argument if the default has none.
PrecisionPlan with_default_budget(PrecisionPlan plan, const TermBudget& budget);

/// `plan` with a rule for one layer behind all others.
PrecisionPlan with_layer_budget(PrecisionPlan plan, std::string_view layer,
                                const TermBudget& budget);

}  // namespace systerm
