// SPDX-License-Identifier: Apache-2.0
// systerm run: one experiment; its baseline runs beside it, each then in a process of its own.
#include <algorithm>
#include <filesystem>
#include <optional>
#include <stdexcept>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/cli/commands.h"
#include "model/cli/contributions.h"
#include "model/cli/output_file.h"
#include "model/cli/program.h"
#include "model/cli/progress_line.h"
#include "model/cli/timeline_arguments.h"
#include "model/cli/vocabulary.h"
#include "model/design/effective_configuration.h"
#include "model/design/load_experiment.h"
#include "model/evaluation/accuracy_cache.h"
#include "model/report/result_tables.h"
#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"
#include "model/simulation/result_document.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

struct RunArguments {
  std::string experiment;
  std::string out;
  std::vector<std::string> overrides;
  std::shared_ptr<const TimelineArguments> timeline;
  bool json = false;
  bool no_baseline = false;
};

Json provenance(const Experiment& experiment, const Vocabulary& vocabulary) {
  return provenance_json(experiment, program_name(), configuration_hash(experiment, vocabulary));
}

void run(const RunArguments& arguments) {
  const Vocabulary vocabulary = program_vocabulary();
  const Experiment experiment =
      load_experiment(arguments.experiment, vocabulary, arguments.overrides);
  const bool with_timeline = !arguments.timeline->file.empty();
  if (with_timeline) require_writable(arguments.timeline->file);
  const auto plan_run = [&](const PrecisionPlan& plan, bool shows_progress, bool is_main) {
    return [&, shows_progress, is_main] {
      ProgressLine line;
      std::optional<Timeline> timeline;
      if (is_main && with_timeline) {
        timeline.emplace(experiment.design.clock_hz, arguments.timeline->options);
      }
      Json part = run_plan(
          experiment, plan,
          [&](double share, const std::string& layer) {
            if (shows_progress) line.show(share, layer);
          },
          {}, timeline ? &*timeline : nullptr);
      if (timeline) write_timeline(*timeline, *arguments.timeline);
      return part;
    };
  };
  const bool with_baseline = experiment.baseline.has_value() && !arguments.no_baseline;
  const auto run_main = plan_run(experiment.precision, !with_baseline, true);
  std::optional<IsolatedRun> isolated_main;
  std::optional<IsolatedRun> baseline_run;
  if (with_baseline) {
    isolated_main.emplace(run_main);
    baseline_run.emplace(plan_run(*experiment.baseline, true, false));
  }

  Json main = isolated_main ? isolated_main->wait() : run_main();
  if (experiment.run.evaluate) main["evaluation"] = evaluate_setting(experiment, vocabulary);
  Json document = result_document(experiment, main,
                                  baseline_run ? std::optional(baseline_run->wait()) : std::nullopt,
                                  provenance(experiment, vocabulary));
  if (with_baseline) add_contributions(experiment, document);

  if (!arguments.out.empty()) {
    std::filesystem::create_directories(arguments.out);
    const std::filesystem::path folder(arguments.out);
    write_file(folder / "layers.csv", layers_csv(document));
    write_file(folder / "experiment.yaml", effective_configuration(experiment, vocabulary));
    write_file(folder / "result.json", document.dump(2) + "\n");
  }
  fmt::print("{}\n", arguments.json ? document.dump(2) : result_table(document));
  refuse_mismatches(document);
}

}  // namespace

void add_run_command(CLI::App& app) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand("run", "Run an experiment on the SystemC model");
  command->add_option("experiment", arguments->experiment, "Experiment (.yaml)")->required();
  command->add_option("--out", arguments->out,
                      "Folder for result.json, layers.csv and the effective experiment.yaml");
  command->add_option("--set", arguments->overrides, "Value over a key, KEY.PATH=VALUE; repeatable")
      ->allow_extra_args(false);
  command->add_flag_callback(
      "--allow-unmodelled",
      [arguments] { arguments->overrides.emplace_back("run.allow_unmodelled=true"); },
      "Run although operators are not modelled; reports list them");
  command->add_flag("--json", arguments->json, "Print result.json instead of tables");
  command->add_flag("--no-baseline", arguments->no_baseline, "Leave the baseline out");
  arguments->timeline = add_timeline_options(*command);
  command->footer(
      "Examples:\n"
      "  systerm run configs/experiments/resnet18_tq.yaml\n"
      "  systerm run configs/experiments/resnet18_tq.yaml --set run.fidelity=timing "
      "--out results/resnet18\n"
      "  systerm run configs/experiments/resnet18_tq.yaml --timeline trace.json "
      "--timeline-window 0:100000\n"
      "JSON keys: see docs/results.md.");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace systerm
