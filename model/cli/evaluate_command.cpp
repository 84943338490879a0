// SPDX-License-Identifier: Apache-2.0
// systerm evaluate: what an experiment's precision does to the answers of its network.
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/cli/commands.h"
#include "model/cli/output_file.h"
#include "model/cli/picture_file.h"
#include "model/cli/progress_line.h"
#include "model/cli/table.h"
#include "model/cli/vocabulary.h"
#include "model/design/effective_configuration.h"
#include "model/design/load_experiment.h"
#include "model/evaluation/budget_curve.h"
#include "model/evaluation/experiment_evaluator.h"
#include "model/report/budget_figure.h"
#include "model/report/result_tables.h"
#include "model/simulation/stored_scales.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

struct EvaluateArguments {
  std::string experiment;
  std::vector<std::string> overrides;
  /// From options for single keys; apart from --set, which clears what stood in its list before.
  std::vector<std::string> key_overrides;
  std::string save_calibration;
  std::vector<int> group_budgets;
  std::vector<int> data_terms;
  std::string csv;
  std::string plot;
  std::size_t threads = 0;
  bool no_layers = false;
  bool json = false;
};

std::string percent(const Json& share) {
  return share.is_null() ? "-" : fmt::format("{:.2f} %", 100.0 * share.get<double>());
}

std::string number(const Json& value, int digits) {
  return value.is_null() ? "exact" : fmt::format("{:.{}f}", value.get<double>(), digits);
}

std::string layers_text(const Json& layers) {
  Table table({{"layer"}, {"format"}, {"MACs", true}, {"SQNR [dB]", true}, {"KL [nat]", true}});
  for (const Json& layer : layers) {
    const std::string format = layer["format"].get<std::string>();
    table.add_row({layer["name"].get<std::string>(),
                   format.empty() ? layer["type"].get<std::string>() : format,
                   grouped(layer["macs"].get<std::int64_t>()), number(layer["sqnr_db"], 2),
                   number(layer["kl"], 5)});
  }
  return table.text() + "\n";
}

std::string resolutions_text(const Json& resolutions) {
  Table table({{"resolution"}, {"top-1", true}, {"agreement", true}, {"SQNR [dB]", true}});
  for (const Json& row : resolutions) {
    table.add_row(
        {fmt::format("k {} s {}", row["group_budget"].get<int>(), row["data_terms"].get<int>()),
         percent(row["top1"]), percent(row["agreement"]), number(row["sqnr_db"], 2)});
  }
  return "\n" + table.text();
}

std::string evaluation_text(const Json& document) {
  std::string text;
  if (document.contains("layers")) text += layers_text(document["layers"]);
  Table table({{""}, {"top-1", true}, {"top-5", true}, {"perplexity", true}});
  const auto row = [&](const char* name, const Json& answers) {
    table.add_row({name, percent(answers["top1"]), percent(answers["top5"]),
                   answers["perplexity"].is_null() ? "-" : number(answers["perplexity"], 4)});
  };
  row("quantized", document);
  row("float", document["float"]);
  text += table.text();
  if (document.contains("resolutions")) text += resolutions_text(document["resolutions"]);
  text += fmt::format(
      "\n{} samples; agreement with the float network {}, SQNR of the output {} dB, "
      "KL {} nat\n",
      grouped(document["samples"].get<std::int64_t>()), percent(document["agreement"]),
      number(document["sqnr_db"], 2), number(document["kl"], 5));
  if (document["synthetic"]["weights"].get<bool>() || document["synthetic"]["data"].get<bool>()) {
    text += "synthetic weights or data: errors are indicative, accuracy is not meaningful\n";
  }
  const std::string scales = scales_text(document);
  return scales.empty() ? text : text + scales + "\n";
}

std::string curve_text(const Json& document) {
  const Json& rows = document["curve"];
  const bool priced = rows.front().contains("energy_pj");
  std::vector<TableColumn> columns = {{"budget"},          {"top-1", true},
                                      {"agreement", true}, {"SQNR [dB]", true},
                                      {"KL [nat]", true},  {"cycles/sample", true}};
  if (priced) columns.push_back({"energy/sample [uJ]", true});
  Table table(columns);
  for (const Json& row : rows) {
    std::vector<std::string> cells = {row["label"].get<std::string>(),
                                      percent(row["top1"]),
                                      percent(row["agreement"]),
                                      number(row["sqnr_db"], 2),
                                      number(row["kl"], 5),
                                      grouped(std::llround(row["cycles"].get<double>()))};
    if (priced) cells.push_back(number(row["energy_pj"].get<double>() / 1e6, 3));
    table.add_row(cells);
  }
  return table.text() + fmt::format("\n{} samples; float top-1 {}\n",
                                    grouped(document["samples"].get<std::int64_t>()),
                                    percent(document["float"]["top1"]));
}

/// What each resolution of the precision plan answers.
void add_resolutions(Json& document, const Experiment& experiment, ExperimentEvaluator& evaluator) {
  const std::vector<Evaluation> evaluations = evaluator.evaluate_resolutions(experiment.precision);
  for (std::size_t i = 0; i < evaluations.size(); ++i) {
    const TermBudget& budget = experiment.precision.resolutions[i];
    const Json answers = evaluation_json(evaluations[i], evaluator.network(), experiment);
    Json& row = document["resolutions"].emplace_back();
    row = {{"group_budget", budget.group_budget}, {"data_terms", budget.data_terms}};
    for (const char* key : {"top1", "top5", "perplexity", "agreement", "sqnr_db", "kl"}) {
      row[key] = answers[key];
    }
  }
}

/// Accuracy beside cycles over all combinations of the budgets given.
void evaluate_curve(const EvaluateArguments& arguments, const Experiment& experiment,
                    ExperimentEvaluator& evaluator) {
  const FormatParameters& defaults = experiment.precision.defaults.parameters;
  const auto or_default = [](const std::vector<int>& values, int value) {
    return values.empty() ? std::vector<int>{value} : values;
  };
  for (const std::string& file : {arguments.csv, arguments.plot}) {
    if (!file.empty()) require_writable(file);
  }
  ProgressLine line;
  line.show(0.0, "evaluating");
  Json document = {{"experiment", experiment.name}, {"design", experiment.design.name}};
  document.update(
      budget_curve(experiment, evaluator,
                   budget_ladder(or_default(arguments.group_budgets, defaults.group_budget),
                                 or_default(arguments.data_terms, defaults.data_terms)),
                   [&](std::size_t done, std::size_t all) {
                     line.show(static_cast<double>(done) / static_cast<double>(all),
                               fmt::format("{} of {} budgets", done, all));
                   }));
  if (!arguments.csv.empty()) write_file(arguments.csv, curve_csv(document["curve"]));
  if (!arguments.plot.empty()) write_picture(arguments.plot, budget_picture(document));
  fmt::print("{}\n", arguments.json ? document.dump(2) : curve_text(document));
}

void evaluate(const EvaluateArguments& arguments) {
  const Vocabulary vocabulary = program_vocabulary();
  std::vector<std::string> overrides = arguments.overrides;
  overrides.insert(overrides.end(), arguments.key_overrides.begin(), arguments.key_overrides.end());
  const Experiment experiment = load_experiment(arguments.experiment, vocabulary, overrides);
  ExperimentEvaluator evaluator(experiment, arguments.threads);
  if (!arguments.save_calibration.empty()) {
    write_file(arguments.save_calibration,
               scales_document(*evaluator.quantized(experiment.precision)));
  }
  if (!arguments.group_budgets.empty() || !arguments.data_terms.empty()) {
    return evaluate_curve(arguments, experiment, evaluator);
  }
  if (!arguments.csv.empty() || !arguments.plot.empty()) {
    throw std::runtime_error(
        "--csv and --plot show accuracy over budgets; give --group-budgets or --data-terms");
  }
  ProgressLine line;
  line.show(0.0, "evaluating");
  const Evaluation evaluation = evaluator.evaluate(
      experiment.precision, !arguments.no_layers, [&](std::int64_t done, std::int64_t samples) {
        line.show(static_cast<double>(done) / static_cast<double>(samples),
                  fmt::format("{} of {} samples", done, samples));
      });
  Json document = evaluation_json(evaluation, evaluator.network(), experiment);
  add_resolutions(document, experiment, evaluator);
  document["provenance"] = {{"program", "systerm " SYSTERM_VERSION},
                            {"configuration_hash", configuration_hash(experiment, vocabulary)},
                            {"seed", experiment.run.seed}};
  fmt::print("{}\n", arguments.json ? document.dump(2) : evaluation_text(document));
}

/// An option that lays its value over a key of the experiment.
void add_key_option(CLI::App& command, const std::shared_ptr<EvaluateArguments>& arguments,
                    const std::string& name, const std::string& key, const std::string& meaning) {
  command.add_option_function<std::string>(
      name,
      [arguments, key](const std::string& value) {
        arguments->key_overrides.push_back(key + "=" + value);
      },
      meaning + " (" + key + ")");
}

}  // namespace

void add_evaluate_command(CLI::App& app) {
  auto arguments = std::make_shared<EvaluateArguments>();
  CLI::App* command =
      app.add_subcommand("evaluate", "Accuracy of an experiment's network at its precision");
  command->add_option("experiment", arguments->experiment, "Experiment (.yaml)")->required();
  add_key_option(*command, arguments, "--data", "workload.data", "File of samples");
  add_key_option(*command, arguments, "--labels", "workload.labels", "File of labels");
  add_key_option(*command, arguments, "--samples", "workload.samples",
                 "How many samples; 0 for all of the data");
  add_key_option(*command, arguments, "--first-sample", "workload.first_sample", "Where to begin");
  add_key_option(*command, arguments, "--offset", "workload.data_offset",
                 "Stored value that stands for zero");
  add_key_option(*command, arguments, "--scale", "workload.data_scale", "Real value of one step");
  command->add_option("--set", arguments->overrides, "Value over a key, KEY.PATH=VALUE; repeatable")
      ->allow_extra_args(false);
  command->add_option("--save-calibration", arguments->save_calibration,
                      "File for the scales, to be used as calibration.file");
  command
      ->add_option("--group-budgets", arguments->group_budgets,
                   "Group budgets k: accuracy beside cycles for each combination with s")
      ->delimiter(',')
      ->check(CLI::Range(1, 127));
  command->add_option("--data-terms", arguments->data_terms, "Data terms s, likewise")
      ->delimiter(',')
      ->check(CLI::Range(1, 15));
  command->add_option("--csv", arguments->csv, "File for the table over budgets");
  command
      ->add_option("--plot", arguments->plot,
                   "Picture of accuracy, cycles and energy over budgets, .svg or .png")
      ->check(picture_name());
  command->add_option("--threads", arguments->threads, "Threads; 0 for all cores");
  command->add_flag("--no-layers", arguments->no_layers, "Leave the comparison of layers out");
  command->add_flag("--json", arguments->json, "Print JSON");
  command->footer(
      "Examples:\n"
      "  systerm evaluate configs/experiments/digits.yaml\n"
      "  systerm evaluate configs/experiments/digits.yaml --samples 100 --json\n"
      "  systerm evaluate configs/experiments/digits.yaml --group-budgets 4,8,12,16 --data-terms "
      "2,3 --csv curve.csv --plot curve.png\n"
      "JSON keys: samples, rows, classes, top1, top5, perplexity, agreement, sqnr_db, kl, float "
      "{},\n"
      "layers[] {name, type, format, macs, sqnr_db, kl}; with --group-budgets or --data-terms\n"
      "curve[] {label, group_budget, data_terms, top1, agreement, cycles, ...}; see "
      "docs/accuracy.md.");
  command->callback([arguments] { evaluate(*arguments); });
}

}  // namespace systerm
