// SPDX-License-Identifier: Apache-2.0
// systerm run: one experiment, and its baseline beside it, each in a process of its own.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "model/cli/commands.h"
#include "model/cli/contributions.h"
#include "model/cli/vocabulary.h"
#include "model/design/effective_configuration.h"
#include "model/design/load_experiment.h"
#include "model/report/result_tables.h"
#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

struct RunArguments {
  std::string experiment;
  std::string out;
  std::vector<std::string> overrides;
  bool json = false;
  bool no_baseline = false;
};

/// One line on a terminal that is written over; nothing in a pipe.
class ProgressLine {
 public:
  ProgressLine() : enabled_(isatty(STDERR_FILENO) == 1), begin_(Clock::now()) {}

  void show(std::size_t done, std::size_t total, const std::string& layer) {
    if (!enabled_ || total == 0) return;
    const double elapsed = std::chrono::duration<double>(Clock::now() - begin_).count();
    const double left = elapsed * static_cast<double>(total - done) / static_cast<double>(done);
    fmt::print(stderr, "\r\033[K[{:3.0f} %] {}  {}/{} layers  ETA {:.0f} s",
               100.0 * static_cast<double>(done) / static_cast<double>(total), layer, done, total,
               left);
    if (done == total) fmt::print(stderr, "\r\033[K");
    std::fflush(stderr);
  }

 private:
  using Clock = std::chrono::steady_clock;
  bool enabled_;
  Clock::time_point begin_;
};

/// Whole or not at all: written under another name, then renamed.
void write_file(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path partial = path.string() + ".partial";
  {
    std::ofstream file(partial, std::ios::binary);
    file << text;
    file.flush();
    if (!file) throw std::runtime_error(fmt::format("cannot write {}", partial.string()));
  }
  std::filesystem::rename(partial, path);
}

Json provenance(const Experiment& experiment, const Vocabulary& vocabulary) {
  return {{"program", "systerm " SYSTERM_VERSION},
          {"configuration_hash", configuration_hash(experiment, vocabulary)},
          {"seed", experiment.run.seed}};
}

void run(const RunArguments& arguments) {
  const Vocabulary vocabulary = program_vocabulary();
  const Experiment experiment =
      load_experiment(arguments.experiment, vocabulary, arguments.overrides);
  const auto plan_run = [&](const PrecisionPlan& plan, bool shows_progress) {
    return [&experiment, &plan, shows_progress] {
      ProgressLine line;
      return run_plan(experiment, plan,
                      [&](std::size_t done, std::size_t total, const std::string& layer) {
                        if (shows_progress) line.show(done, total, layer);
                      });
    };
  };
  const bool with_baseline = experiment.baseline.has_value() && !arguments.no_baseline;
  IsolatedRun main_run(plan_run(experiment.precision, !with_baseline));
  std::optional<IsolatedRun> baseline_run;
  if (with_baseline) baseline_run.emplace(plan_run(*experiment.baseline, true));

  Json document;
  document["experiment"] = experiment.name;
  document["design"] = experiment.design.name;
  document["network"] =
      experiment.workload.network.empty() ? "inline" : experiment.workload.network;
  document["fidelity"] = experiment.run.fidelity == Fidelity::kData ? "data" : "timing";
  document["clock_hz"] = experiment.design.clock_hz;
  document.update(main_run.wait());
  if (baseline_run) {
    document["baseline"] = baseline_run->wait();
    document["speedup"] = document["baseline"]["total"]["cycles"].get<double>() /
                          document["total"]["cycles"].get<double>();
    add_contributions(experiment, document);
  }
  document["provenance"] = provenance(experiment, vocabulary);

  if (!arguments.out.empty()) {
    std::filesystem::create_directories(arguments.out);
    const std::filesystem::path folder(arguments.out);
    write_file(folder / "layers.csv", layers_csv(document));
    write_file(folder / "experiment.yaml", effective_configuration(experiment, vocabulary));
    write_file(folder / "result.json", document.dump(2) + "\n");
  }
  fmt::print("{}\n", arguments.json ? document.dump(2) : result_table(document));
  const auto differs = [](const Json& part) {
    return part.contains("verification") && part["verification"]["mismatches"] != 0;
  };
  if (differs(document) || (document.contains("baseline") && differs(document["baseline"]))) {
    throw std::runtime_error(
        "the results in the modelled memory differ from the reference executor's");
  }
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
  command->footer(
      "Examples:\n"
      "  systerm run configs/experiments/resnet18_tq.yaml\n"
      "  systerm run configs/experiments/resnet18_tq.yaml --set run.fidelity=timing "
      "--out results/resnet18\n"
      "JSON keys: see docs/results.md.");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace systerm
