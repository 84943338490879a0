// SPDX-License-Identifier: Apache-2.0
#include "model/evaluation/budget_curve.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/evaluation/cycle_count.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

Json row_of(const Experiment& experiment, const Json& answers, const PrecisionPlan& plan) {
  const CycleCount count = count_cycles(experiment, plan);
  const auto batch = static_cast<double>(std::max<std::int64_t>(1, experiment.workload.batch));
  Json row;
  for (const char* key : {"top1", "top5", "perplexity", "agreement", "sqnr_db", "kl"}) {
    row[key] = answers[key];
  }
  row["cycles"] = static_cast<double>(count.cycles) / batch;
  row["seconds"] = count.seconds / batch;
  if (count.energy_pj >= 0.0) row["energy_pj"] = count.energy_pj / batch;
  return row;
}

}  // namespace

Json budget_curve(const Experiment& experiment, ExperimentEvaluator& evaluator,
                  const std::vector<TermBudget>& budgets,
                  const std::function<void(std::size_t done, std::size_t rows)>& progress) {
  const std::size_t all = budgets.size() + (experiment.baseline ? 1 : 0);
  Json document;
  Json rows = Json::array();
  const auto add = [&](Json labels, const PrecisionPlan& plan) {
    const Json answers =
        evaluation_json(evaluator.evaluate(plan, false), evaluator.network(), experiment);
    document["samples"] = answers["samples"];
    document["float"] = answers["float"];
    labels.update(row_of(experiment, answers, plan));
    rows.push_back(std::move(labels));
    if (progress) progress(rows.size(), all);
  };
  for (const TermBudget& budget : budgets) {
    add({{"label", fmt::format("k {} s {}", budget.group_budget, budget.data_terms)},
         {"group_budget", budget.group_budget},
         {"data_terms", budget.data_terms}},
        with_default_budget(experiment.precision, budget));
  }
  if (experiment.baseline) {
    add({{"label", "baseline"}, {"group_budget", nullptr}, {"data_terms", nullptr}},
        *experiment.baseline);
  }
  document["curve"] = std::move(rows);
  return document;
}

std::string curve_csv(const Json& rows) {
  if (rows.empty()) return {};
  std::string text;
  const auto line = [&](const auto& cell) {
    bool first = true;
    for (const auto& [key, value] : rows.front().items()) {
      text += fmt::format("{}{}", first ? "" : ",", cell(key));
      first = false;
    }
    text += '\n';
  };
  line([](const std::string& key) { return key; });
  for (const Json& row : rows) {
    line([&](const std::string& key) {
      const Json& value = row.at(key);
      if (value.is_null()) return std::string();
      return value.is_string() ? value.get<std::string>() : value.dump();
    });
  }
  return text;
}

}  // namespace systerm
