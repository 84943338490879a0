// SPDX-License-Identifier: Apache-2.0
// Term budgets as something to vary: how many terms a weight group and a data value keep.
#pragma once

#include <string_view>
#include <vector>

#include "model/design/experiment.h"

namespace systerm {

/// Whether the format of a precision keeps to budgets at all.
bool has_budget(const Precision& precision);

/// Every combination, the most generous first: by the product of both, then by the group budget.
std::vector<TermBudget> budget_ladder(const std::vector<int>& group_budgets,
                                      const std::vector<int>& data_terms);

/// `plan` with this budget as its default; rules that had the default's budget follow it. Throws
/// std::invalid_argument if the default has none.
PrecisionPlan with_default_budget(PrecisionPlan plan, const TermBudget& budget);

/// `plan` at one of its resolutions: with this budget as its default, in the slots that hold the
/// terms of the plan's own budgets.
PrecisionPlan resolution_of(PrecisionPlan plan, const TermBudget& budget);

/// `plan` with a rule for one layer behind all others.
PrecisionPlan with_layer_budget(PrecisionPlan plan, std::string_view layer,
                                const TermBudget& budget);

}  // namespace systerm
