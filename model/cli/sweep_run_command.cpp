// SPDX-License-Identifier: Apache-2.0
// `sweep run` and `sweep run-shard`: bring the points of a sweep into a store.
#include <algorithm>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "model/cli/stop_signals.h"
#include "model/cli/sweep_commands.h"
#include "model/cli/sweep_progress.h"
#include "model/cli/vocabulary.h"
#include "model/exploration/load_sweep.h"
#include "model/exploration/point_work.h"
#include "model/exploration/run_sweep.h"
#include "model/exploration/shard.h"
#include "model/exploration/slurm_executor.h"
#include "model/exploration/sweep_manifest.h"

namespace systerm {
namespace {

constexpr std::size_t kPointsPerShard = 16;
constexpr std::size_t kMostShards = 500;

struct SweepRunArguments {
  std::string file;
  std::string store = kDefaultStore;
  std::string shard;
  std::string executor = "local";
  std::size_t shards = 0;
  std::vector<std::string> sbatch;
  bool retry = false;
  PointLimitOptions limits;

  void add_to(CLI::App& verb) {
    verb.add_option("sweep", file, "Sweep file (YAML)")->required();
    verb.add_option("--store", store, "Folder of results, shared by sweeps")->capture_default_str();
    verb.add_flag("--retry", retry, "Run failed points again, also those that would fail again");
    limits.add_to(verb);
  }
};

/// Throws if the points are not all there.
void conclude(const SweepRunResult& result, const std::string& store) {
  const SweepProgress& progress = result.progress;
  fmt::print("{} points: {} had results, {} run, {} failed{}\n", progress.total, progress.stored,
             progress.finished, progress.failed,
             progress.elsewhere > 0 ? fmt::format(", {} run by others", progress.elsewhere) : "");
  const std::size_t left = progress.total - progress.ended();
  if (!result.broken.empty()) {
    throw std::runtime_error(fmt::format(
        "stopped: {}; {} points are left, the same command continues", result.broken, left));
  }
  if (result.interrupted) {
    throw std::runtime_error(
        fmt::format("stopped; {} points are left, the same command continues", left));
  }
  if (progress.failed > 0) {
    throw std::runtime_error(
        fmt::format("{} points failed; `systerm sweep export --store {}` has their reasons",
                    progress.failed, store));
  }
}

void run_points(const SweepRunArguments& arguments, const SweepPlan& plan,
                std::vector<std::size_t> points) {
  const ResultStore store(arguments.store);
  SweepRunOptions options;
  options.limits = arguments.limits.limits();
  options.retries_failures = arguments.retry;
  options.points = std::move(points);
  SweepProgressLine progress(plan);
  const StopSignals signals;
  conclude(
      run_sweep(plan, store, options, progress, StopSignals::stop_requested, signals.wait_mask()),
      arguments.store);
}

void run_on_slurm(const SweepRunArguments& arguments, const SweepPlan& plan) {
  SlurmOptions options;
  // Enough for an even end, not so many that starting them is what takes time.
  const std::size_t shards =
      arguments.shards > 0
          ? arguments.shards
          : std::clamp<std::size_t>(plan.points().size() / kPointsPerShard, 1, kMostShards);
  options.sweep =
      cluster_sweep(plan.sweep().name, arguments.file, arguments.store, shards, arguments.limits);
  if (arguments.retry) options.sweep.options.emplace_back("--retry");
  options.sbatch_arguments = arguments.sbatch;
  options.limits = arguments.limits.limits();
  options.retries_failures = arguments.retry;
  SweepProgressLine progress(plan);
  const StopSignals signals;
  conclude(run_sweep_on_slurm(plan, ResultStore(arguments.store), options, progress,
                              StopSignals::stop_requested, signals.wait_mask()),
           arguments.store);
}

std::vector<std::size_t> all_points(const SweepPlan& plan) {
  std::vector<std::size_t> points(plan.points().size());
  std::iota(points.begin(), points.end(), std::size_t{0});
  return points;
}

void run(const SweepRunArguments& arguments) {
  const Vocabulary vocabulary = program_vocabulary();
  PointWork work(vocabulary);
  const SweepPlan plan(load_sweep(arguments.file), vocabulary, program_identity(),
                       [&](const Experiment& experiment) { return work.estimate(experiment); });
  save_manifest(manifest_of(plan), ResultStore(arguments.store));
  if (arguments.executor == "slurm") {
    run_on_slurm(arguments, plan);
  } else {
    run_points(arguments, plan, all_points(plan));
  }
}

void run_shard(const SweepRunArguments& arguments) {
  const Vocabulary vocabulary = program_vocabulary();
  const Shard shard = parse_shard(arguments.shard);
  PointWork work(vocabulary);
  const SweepPlan plan(load_sweep(arguments.file), vocabulary, program_identity(),
                       [&](const Experiment& experiment) { return work.estimate(experiment); });
  run_points(arguments, plan, points_of_shard(plan, shard));
}

}  // namespace

void add_sweep_run_command(CLI::App& sweep) {
  auto arguments = std::make_shared<SweepRunArguments>();
  CLI::App* verb = sweep.add_subcommand("run", "Run the points that have no result yet");
  arguments->add_to(*verb);
  verb->add_option("--executor", arguments->executor, "Where points run: here, or on a cluster")
      ->check(CLI::IsMember({"local", "slurm"}))
      ->capture_default_str();
  verb->add_option("--shards", arguments->shards,
                   "slurm: tasks; by the number of points unless given")
      ->check(CLI::Range(1, 1'000'000));
  verb->add_option("--sbatch", arguments->sbatch,
                   "slurm: argument for sbatch, such as --sbatch=--partition=long; may be repeated")
      ->allow_extra_args(false);
  verb->footer(
      "Finished points are never run again; a killed sweep continues where it was.\n"
      "Exit status: 0 only if every point has a result.\n"
      "Examples:\n"
      "  systerm sweep run configs/sweeps/array_by_budget.yaml --jobs 2\n"
      "  systerm sweep run sweep.yaml --store results --point-timeout 600 "
      "--point-memory \"4 GiB\"\n"
      "  systerm sweep run sweep.yaml --store /shared/results --executor slurm "
      "--sbatch=--cpus-per-task=4");
  verb->callback([arguments] { run(*arguments); });
}

void add_sweep_run_shard_command(CLI::App& sweep) {
  auto arguments = std::make_shared<SweepRunArguments>();
  CLI::App* verb = sweep.add_subcommand(
      "run-shard", "Run one of N parts of a sweep: what a cluster's task runs");
  arguments->add_to(*verb);
  verb->add_option("shard", arguments->shard, "I/N, from 1/N to N/N")->required();
  verb->footer(
      "The N parts have no point in common and take about equally long. Any number of them may "
      "run\n"
      "at a time, on any machines that share the store.\n"
      "Example:\n"
      "  systerm sweep run-shard sweep.yaml 3/16 --store /shared/results --jobs 1");
  verb->callback([arguments] { run_shard(*arguments); });
}

}  // namespace systerm
