// SPDX-License-Identifier: Apache-2.0
// Accuracy beside cycles over term budgets.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "model/design/term_budgets.h"
#include "model/evaluation/experiment_evaluator.h"

namespace systerm {

/// `samples`, `float` (see evaluation_json) and `curve`: a row a budget, in the order given, and
/// one for the baseline if the experiment has one: label, group_budget, data_terms (null for the
/// baseline), top1, top5, perplexity, agreement, sqnr_db, kl, cycles and seconds of a sample,
/// energy_pj of a sample where the design is priced. `progress` is called after each row.
nlohmann::ordered_json budget_curve(
    const Experiment& experiment, ExperimentEvaluator& evaluator,
    const std::vector<TermBudget>& budgets,
    const std::function<void(std::size_t done, std::size_t rows)>& progress = {});

/// The rows of `curve` as a table with the same column names.
std::string curve_csv(const nlohmann::ordered_json& rows);

}  // namespace systerm
