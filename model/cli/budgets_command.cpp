// SPDX-License-Identifier: Apache-2.0
// systerm budgets: a term budget for each layer, chosen for a target.
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/cli/commands.h"
#include "model/cli/output_file.h"
#include "model/cli/progress_line.h"
#include "model/cli/table.h"
#include "model/cli/vocabulary.h"
#include "model/design/effective_configuration.h"
#include "model/design/load_experiment.h"
#include "model/evaluation/budget_search.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

struct BudgetsArguments {
  std::string experiment;
  std::vector<std::string> overrides;
  std::vector<int> group_budgets = {24, 20, 16, 14, 12, 10, 8, 6, 4};
  std::vector<int> data_terms = {4, 3, 2};
  double target_loss = 0.0;
  std::int64_t target_cycles = 0;
  std::string out;
  std::size_t threads = 0;
  bool json = false;
};

Json plan_json(const BudgetPlan& plan) {
  Json layers = Json::array();
  for (const LayerBudget& layer : plan.layers) {
    layers.push_back({{"name", layer.layer},
                      {"group_budget", layer.budget.group_budget},
                      {"data_terms", layer.budget.data_terms}});
  }
  return {{"loss", plan.loss},
          {"cycles", plan.cycles},
          {"generous", {{"loss", plan.generous_loss}, {"cycles", plan.generous_cycles}}},
          {"evaluations", plan.evaluations},
          {"layers", std::move(layers)}};
}

std::string plan_text(const BudgetPlan& plan) {
  Table table({{"layer"}, {"k", true}, {"s", true}});
  for (const LayerBudget& layer : plan.layers) {
    table.add_row({layer.layer, std::to_string(layer.budget.group_budget),
                   std::to_string(layer.budget.data_terms)});
  }
  return table.text() +
         fmt::format(
             "\nloss {:.2f} %, {} cycles a batch; all layers at the most generous budget: "
             "loss {:.2f} %, {} cycles\n",
             100.0 * plan.loss, grouped(plan.cycles), 100.0 * plan.generous_loss,
             grouped(plan.generous_cycles));
}

void search(const BudgetsArguments& arguments, bool by_loss) {
  const Vocabulary vocabulary = program_vocabulary();
  const Experiment experiment =
      load_experiment(arguments.experiment, vocabulary, arguments.overrides);
  ExperimentEvaluator evaluator(experiment, arguments.threads);
  BudgetTarget target;
  if (by_loss) {
    target.loss = arguments.target_loss / 100.0;
  } else {
    target.cycles = arguments.target_cycles;
  }
  ProgressLine line;
  line.show(0.0, "searching");
  const BudgetPlan plan = search_budgets(
      experiment, evaluator, budget_ladder(arguments.group_budgets, arguments.data_terms), target,
      [&](std::size_t done, std::size_t all) {
        line.show(static_cast<double>(done) / static_cast<double>(all),
                  fmt::format("{} of about {} evaluations", done, all));
      });
  if (!arguments.out.empty()) {
    write_file(arguments.out, precision_document(plan.plan, vocabulary));
  }
  fmt::print("{}\n", arguments.json ? plan_json(plan).dump(2) : plan_text(plan));
}

}  // namespace

void add_budgets_command(CLI::App& app) {
  auto arguments = std::make_shared<BudgetsArguments>();
  CLI::App* command =
      app.add_subcommand("budgets", "Choose a term budget for each layer of an experiment");
  command->add_option("experiment", arguments->experiment, "Experiment (.yaml)")->required();
  CLI::Option_group* target = command->add_option_group("target", "one of");
  CLI::Option* loss =
      target
          ->add_option("--target-loss", arguments->target_loss,
                       "Most points of accuracy to lose against the float network, in %")
          ->check(CLI::Range(0.0, 100.0));
  target->add_option("--target-cycles", arguments->target_cycles, "Most cycles of a batch")
      ->check(CLI::PositiveNumber);
  target->require_option(1);
  command->add_option("--group-budgets", arguments->group_budgets, "Group budgets k to choose from")
      ->delimiter(',')
      ->check(CLI::Range(1, 127));
  command->add_option("--data-terms", arguments->data_terms, "Data terms s to choose from")
      ->delimiter(',')
      ->check(CLI::Range(1, 15));
  command->add_option("--out", arguments->out,
                      "File for the plan, to be used as precision: {include: FILE}");
  command->add_option("--set", arguments->overrides, "Value over a key, KEY.PATH=VALUE; repeatable")
      ->allow_extra_args(false);
  command->add_option("--threads", arguments->threads, "Threads; 0 for all cores");
  command->add_flag("--json", arguments->json, "Print JSON");
  command->footer(
      "Examples:\n"
      "  systerm budgets configs/experiments/digits.yaml --target-loss 0.5 --out plan.yaml\n"
      "  systerm budgets configs/experiments/digits.yaml --target-cycles 20000\n"
      "JSON keys: loss, cycles, generous {loss, cycles}, evaluations, layers[] {name, "
      "group_budget,\n"
      "data_terms}; see docs/accuracy.md.");
  command->callback([arguments, loss] { search(*arguments, loss->count() > 0); });
}

}  // namespace systerm
