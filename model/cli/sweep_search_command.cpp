// SPDX-License-Identifier: Apache-2.0
// `sweep search`: the best points of a sweep that is too large to run as a whole.
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/cli/stop_signals.h"
#include "model/cli/sweep_commands.h"
#include "model/cli/sweep_progress.h"
#include "model/cli/vocabulary.h"
#include "model/exploration/load_sweep.h"
#include "model/exploration/point_work.h"
#include "model/exploration/search.h"
#include "model/exploration/sweep_manifest.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

struct SearchArguments {
  std::string file;
  std::string store = kDefaultStore;
  std::string algorithm;
  bool json = false;
  PointLimitOptions limits;
};

/// Points of the front with their objectives.
Json front_json(const SweepPlan& plan, const ResultStore& store, const SearchSettings& settings,
                const SearchResult& result) {
  Json front = Json::array();
  for (const std::size_t point : result.front) {
    const PlannedPoint& planned = plan.points()[point];
    const Json document = Json::parse(store.result(planned.hash).value_or("{}"));
    Json objectives;
    for (const Objective& objective : settings.objectives) {
      Json::json_pointer pointer;
      std::string keys = objective.figure;
      for (std::size_t dot = 0; (dot = keys.find('.')) != std::string::npos;) {
        pointer /= keys.substr(0, dot);
        keys.erase(0, dot + 1);
      }
      objectives[objective.figure] = document.value(pointer / keys, Json());
    }
    front.push_back({{"point", point},
                     {"hash", planned.hash},
                     {"label", plan.label(planned.choices)},
                     {"objectives", std::move(objectives)}});
  }
  return front;
}

void print_result(const SweepPlan& plan, const SearchResult& result, const Json& front) {
  fmt::print("{} points evaluated, {} on the front\n", result.evaluated, result.front.size());
  for (const Json& point : front) {
    fmt::print("{:>6}  {}  {}\n", point["point"].get<std::size_t>(), point["objectives"].dump(),
               point["label"].get<std::string>());
  }
  if (!result.front.empty()) {
    fmt::print("`systerm sweep export {} --csv -` has all figures\n", plan.sweep().name);
  }
}

void run(const SearchArguments& arguments) {
  const Vocabulary vocabulary = program_vocabulary();
  Sweep sweep = load_sweep(arguments.file);
  SearchSettings settings = read_search(sweep);
  if (!arguments.algorithm.empty()) settings.algorithm = arguments.algorithm;
  // A table of its own in the store, beside that of the whole sweep.
  sweep.name += "-" + settings.algorithm;
  PointWork work(vocabulary);
  SweepPlan plan(
      std::move(sweep), vocabulary, program_identity(),
      [&](const Experiment& experiment) { return work.estimate(experiment); },
      SweepPlan::Points::kNone);
  const ResultStore store(arguments.store);
  SweepRunOptions options;
  options.limits = arguments.limits.limits();
  SweepProgressLine progress(plan);
  const StopSignals signals;
  const SearchResult result = run_search(plan, store, settings, options, progress,
                                         StopSignals::stop_requested, signals.wait_mask());
  save_manifest(manifest_of(plan), store);
  const Json front = front_json(plan, store, settings, result);
  if (arguments.json) {
    fmt::print(
        "{}\n",
        Json({{"name", plan.sweep().name}, {"evaluated", result.evaluated}, {"front", front}})
            .dump(2));
  } else {
    print_result(plan, result, front);
  }
  if (!result.broken.empty()) {
    throw std::runtime_error("stopped: " + result.broken + "; the same command continues");
  }
  if (result.interrupted) throw std::runtime_error("stopped; the same command continues");
}

}  // namespace

void add_sweep_search_command(CLI::App& sweep) {
  auto arguments = std::make_shared<SearchArguments>();
  CLI::App* verb = sweep.add_subcommand(
      "search", "Search for the best points of a sweep that is too large to run as a whole");
  verb->add_option("sweep", arguments->file, "Sweep file (YAML) with a section `search`")
      ->required();
  verb->add_option("--store", arguments->store, "Folder of results, shared by sweeps")
      ->capture_default_str();
  verb->add_option("--algorithm", arguments->algorithm, "Instead of the one in the file")
      ->check(CLI::IsMember(search_algorithms()));
  verb->add_flag("--json", arguments->json, "Print JSON");
  arguments->limits.add_to(*verb);
  verb->footer(
      "The same file and seed ask for the same points, whatever the number of jobs; points that\n"
      "have a result already are not run again. The points asked for become the sweep\n"
      "NAME-ALGORITHM of the store.\n"
      "Example:\n"
      "  systerm sweep search configs/sweeps/search_design.yaml --jobs 2\n"
      "JSON keys: name (of the sweep in the store); evaluated; front[] {point, hash, label,\n"
      "objectives by figure}.");
  verb->callback([arguments] { run(*arguments); });
}

}  // namespace systerm
