// SPDX-License-Identifier: Apache-2.0
// `sweep check`: what a sweep would run, how long it takes, and every error in it.
#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/cli/sweep_commands.h"
#include "model/cli/vocabulary.h"
#include "model/exploration/feasibility.h"
#include "model/exploration/load_sweep.h"
#include "model/exploration/point_work.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kPatienceSeconds = 5.0;

struct CheckArguments {
  std::string file;
  std::size_t jobs = 0;
  std::size_t shown = 5;
  bool json = false;
};

std::string seconds_text(double seconds) {
  if (seconds < 1.0) return "less than 1 s";
  if (seconds < 100.0) return fmt::format("{:.0f} s", seconds);
  if (seconds < 6000.0) return fmt::format("{:.0f} min", seconds / 60.0);
  return fmt::format("{:.1f} h", seconds / 3600.0);
}

std::string estimate_text(const TimeEstimate& estimate, std::size_t jobs) {
  if (estimate.measured == 0) return "none: no point that was tried ran\n";
  return fmt::format(
      "{}{} with {} jobs (from {} points)\n", estimate.is_lower_bound ? "more than " : "about ",
      seconds_text(estimate.core_seconds / static_cast<double>(jobs)), jobs, estimate.measured);
}

std::string text_of(const SweepPlan& plan, const CheckArguments& arguments,
                    const TimeEstimate& estimate, std::size_t jobs) {
  const std::size_t points = plan.points().size();
  std::string text = fmt::format(
      "{}\n{}{:<10}{}\n", plan.sweep().name,
      plan.sweep().description.empty() ? "" : plan.sweep().description + "\n", "points", points);
  for (std::size_t i = 0; i < std::min(arguments.shown, points); ++i) {
    text += fmt::format("{:<10}{:>5}: {}\n", "", i, plan.label(plan.points()[i].choices));
  }
  if (points > arguments.shown) text += fmt::format("{:<10}  ...\n", "");
  return text + fmt::format("{:<10}{}", "time", estimate_text(estimate, jobs));
}

std::string infeasible_text(const SweepPlan& plan, const std::vector<Infeasible>& groups) {
  std::string text;
  for (const Infeasible& group : groups) {
    text +=
        fmt::format("\n{} of {} points, first {}: {}", group.points.size(), plan.points().size(),
                    plan.label(plan.points()[group.points.front()].choices), group.message);
  }
  return text;
}

Json json_of(const SweepPlan& plan, const CheckArguments& arguments, const TimeEstimate& estimate,
             const std::vector<Infeasible>& groups) {
  Json json = {{"ok", groups.empty()},
               {"name", plan.sweep().name},
               {"points", plan.points().size()},
               {"core_seconds", estimate.measured == 0 ? Json() : Json(estimate.core_seconds)},
               {"is_lower_bound", estimate.is_lower_bound},
               {"first", Json::array()},
               {"infeasible", Json::array()}};
  for (std::size_t i = 0; i < std::min(arguments.shown, plan.points().size()); ++i) {
    const PlannedPoint& point = plan.points()[i];
    json["first"].push_back(
        {{"point", i}, {"hash", point.hash}, {"label", plan.label(point.choices)}});
  }
  for (const Infeasible& group : groups) {
    json["infeasible"].push_back({{"message", group.message}, {"points", group.points}});
  }
  return json;
}

void run_check(const CheckArguments& arguments) {
  const Vocabulary vocabulary = program_vocabulary();
  PointWork work(vocabulary);
  const SweepPlan plan(load_sweep(arguments.file), vocabulary, program_identity(),
                       [&](const Experiment& experiment) { return work.estimate(experiment); });
  const std::vector<Infeasible> infeasible = find_infeasible(plan);
  const TimeEstimate estimate = estimate_time(plan, kPatienceSeconds);
  const std::size_t jobs =
      arguments.jobs > 0 ? arguments.jobs : std::max(1U, std::thread::hardware_concurrency());
  if (arguments.json) {
    fmt::print("{}\n", json_of(plan, arguments, estimate, infeasible)
                           .dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    fmt::print("{}", text_of(plan, arguments, estimate, jobs));
  }
  if (!infeasible.empty()) {
    throw std::runtime_error("some points cannot run and will be rows with a reason:" +
                             infeasible_text(plan, infeasible));
  }
}

}  // namespace

void add_sweep_check_command(CLI::App& sweep) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App* verb = sweep.add_subcommand("check", "What a sweep would run, and every error in it");
  verb->add_option("sweep", arguments->file, "Sweep file (YAML)")->required();
  verb->add_option("--jobs", arguments->jobs, "For the estimate of the time")
      ->check(CLI::Range(1, 4096));
  verb->add_option("--show", arguments->shown, "Points to list")->capture_default_str();
  verb->add_flag("--json", arguments->json, "Print JSON");
  verb->footer(
      "Reads and maps every point, and runs a few for the estimate; nothing is stored. Exit\n"
      "status: 0 only if every point can run.\n"
      "Example:\n"
      "  systerm sweep check configs/sweeps/array_by_budget.yaml --jobs 2\n"
      "JSON keys: ok; name; points; core_seconds (null if nothing ran); is_lower_bound; first[]\n"
      "{point, hash, label}; infeasible[] {message, points[]}.");
  verb->callback([arguments] { run_check(*arguments); });
}

}  // namespace systerm
