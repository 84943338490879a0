// SPDX-License-Identifier: Apache-2.0
#include "model/evaluation/budget_search.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "model/design/effective_configuration.h"
#include "model/design/layer_rules.h"
#include "model/evaluation/budget_curve.h"
#include "model/evaluation/cycle_count.h"
#include "model/simulation/prepared_workload.h"
#include "tests/model/evaluation/digits.h"

namespace systerm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(TermBudgets, LadderGoesFromGenerousToTight) {
  const auto ladder = budget_ladder({4, 8, 8}, {1, 2});
  EXPECT_THAT(ladder,
              ElementsAre(TermBudget{8, 2}, TermBudget{8, 1}, TermBudget{4, 2}, TermBudget{4, 1}));
}

TEST(TermBudgets, DefaultChangesWithTheRulesThatFollowIt) {
  PrecisionPlan plan;
  plan.layers.push_back({"a", plan.defaults});
  plan.layers.push_back({"b", plan.defaults});
  plan.layers[1].precision.parameters.group_budget = 20;
  plan.layers.push_back({"c", {.format = "uniform", .parameters = {}}});
  const PrecisionPlan changed = with_default_budget(plan, {5, 2});
  EXPECT_EQ(changed.defaults.parameters.group_budget, 5);
  EXPECT_EQ(changed.layers[0].precision.parameters.group_budget, 5);
  EXPECT_EQ(changed.layers[1].precision.parameters.group_budget, 20);
  EXPECT_EQ(changed.layers[2].precision, plan.layers[2].precision);
  plan.defaults.format = "uniform";
  EXPECT_THROW(with_default_budget(plan, {5, 2}), std::invalid_argument);
}

TEST(TermBudgets, ARuleForOneLayerMatchesThatNameOnly) {
  const std::string name = "block[0].conv*?";
  const PrecisionPlan plan = with_layer_budget({}, name, {6, 2});
  EXPECT_EQ(precision_for(plan, name).precision->parameters.group_budget, 6);
  for (const char* other : {"block0.conv*?", "block[0].convXY", "block[0].conv*"}) {
    EXPECT_EQ(precision_for(plan, other).precision->parameters.group_budget, 12) << other;
  }
}

class Search : public testing::Test {
 protected:
  const Experiment experiment_ = digits(kTermQuantizedDigits, 100);
  ExperimentEvaluator evaluator_{experiment_};
  const std::vector<TermBudget> ladder_ = budget_ladder({16, 10, 6, 3}, {3, 2});
};

TEST_F(Search, MeetsALossWithFewerCyclesAndTheSameWayTwice) {
  const BudgetPlan plan = search_budgets(experiment_, evaluator_, ladder_, {.loss = 0.02}, {});
  EXPECT_LE(plan.loss, 0.02);
  EXPECT_LT(plan.cycles, plan.generous_cycles);
  EXPECT_EQ(plan.layers.size(), 3U);
  // What it says of the plan is what an evaluation and a run say.
  const Evaluation evaluation = evaluator_.evaluate(plan.plan, false);
  EXPECT_EQ(plan.loss * 100,
            evaluation.correct(*evaluation.reference) - evaluation.correct(evaluation.quantized));
  EXPECT_EQ(plan.cycles, count_cycles(experiment_, plan.plan).cycles);

  ExperimentEvaluator other(experiment_, 1);
  const BudgetPlan again = search_budgets(experiment_, other, ladder_, {.loss = 0.02}, {});
  EXPECT_EQ(precision_document(again.plan, test_vocabulary()),
            precision_document(plan.plan, test_vocabulary()));
}

TEST_F(Search, MeetsANumberOfCycles) {
  const BudgetPlan generous = search_budgets(experiment_, evaluator_, ladder_, {.loss = 0.0}, {});
  const std::int64_t wanted = generous.generous_cycles * 9 / 10;
  const BudgetPlan plan =
      search_budgets(experiment_, evaluator_, ladder_, {.loss = {}, .cycles = wanted}, {});
  EXPECT_LE(plan.cycles, wanted);
}

TEST_F(Search, SaysWhatCannotBeMet) {
  EXPECT_THAT(
      [&] { search_budgets(experiment_, evaluator_, ladder_, {.loss = {}, .cycles = 10}, {}); },
      ThrowsMessage<WorkloadError>(HasSubstr("even the tightest budgets take")));
  const std::vector<TermBudget> starved = {{1, 1}};
  EXPECT_THAT([&] { search_budgets(experiment_, evaluator_, starved, {.loss = 0.0}, {}); },
              ThrowsMessage<WorkloadError>(HasSubstr("even the most generous budgets lose")));
  const Experiment uniform = digits("{format: uniform}", 10);
  ExperimentEvaluator evaluator(uniform);
  EXPECT_THAT([&] { search_budgets(uniform, evaluator, ladder_, {.loss = 0.0}, {}); },
              ThrowsMessage<WorkloadError>(HasSubstr("no layer's format has a term budget")));
}

TEST(BudgetCurve, PutsAccuracyBesideCycles) {
  const Experiment experiment =
      digits(kTermQuantizedDigits, 100, "{samples: 100}",
             "baseline: {precision: {default: {format: uniform, group_size: 8}}}\n");
  ExperimentEvaluator evaluator(experiment);
  const auto document = budget_curve(experiment, evaluator, budget_ladder({16, 2}, {3}));
  const auto& rows = document["curve"];
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0]["group_budget"], 16);
  EXPECT_EQ(rows[1]["group_budget"], 2);
  EXPECT_GT(rows[0]["top1"], rows[1]["top1"]);
  EXPECT_GT(rows[0]["cycles"], rows[1]["cycles"]);
  EXPECT_EQ(rows[2]["label"], "baseline");
  EXPECT_GT(rows[2]["cycles"], rows[0]["cycles"]);
  const std::string csv = curve_csv(rows);
  EXPECT_THAT(csv, testing::StartsWith("label,group_budget,data_terms,top1,"));
  EXPECT_EQ(std::ranges::count(csv, '\n'), 4);
  EXPECT_THAT(csv, HasSubstr("\nbaseline,,,"));
}

}  // namespace
}  // namespace systerm
