// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/feasibility.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <map>
#include <numeric>

#include <nlohmann/json.hpp>

#include "model/exploration/point_run.h"
#include "model/mapping/mapper.h"
#include "model/simulation/experiment_run.h"

namespace systerm {
namespace {

constexpr std::size_t kMeasured = 4;

void check_mapping(const Experiment& experiment, SharedWorkloads& shared) {
  Experiment timing = experiment;
  timing.run.fidelity = Fidelity::kTiming;
  timing.run.verify = false;
  const auto entry = shared.find(timing);
  map_network(timing.design, *entry->main.prepared->network, timing.mapping);
  if (timing.baseline)
    map_network(timing.design, *entry->baseline.prepared->network, timing.mapping);
}

/// Some of each kind, without the extremes: from the first quarter of the work to the last.
std::vector<std::size_t> middling_points(const SweepPlan& plan) {
  std::vector<std::size_t> order(plan.points().size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return plan.points()[a].work < plan.points()[b].work;
  });
  std::vector<std::size_t> chosen;
  for (std::size_t i = 1; i <= kMeasured; ++i) {
    const std::size_t point = order[i * order.size() / (kMeasured + 1)];
    if (std::find(chosen.begin(), chosen.end(), point) == chosen.end()) chosen.push_back(point);
  }
  return chosen;
}

}  // namespace

std::vector<Infeasible> find_infeasible(const SweepPlan& plan) {
  SharedWorkloads shared(plan.vocabulary(), plan.program());
  std::vector<Infeasible> groups;
  std::map<std::string, std::size_t> index;
  for (std::size_t point = 0; point < plan.points().size(); ++point) {
    try {
      check_mapping(plan.experiment(point), shared);
    } catch (const std::exception& error) {
      const auto [found, is_new] = index.emplace(error.what(), groups.size());
      if (is_new) groups.push_back({error.what(), {}});
      groups[found->second].points.push_back(point);
    }
  }
  return groups;
}

TimeEstimate estimate_time(const SweepPlan& plan, double patience) {
  using HostClock = std::chrono::steady_clock;
  PoolLimits limits;
  limits.timeout = std::chrono::duration<double>(patience);
  ProcessPool pool(limits);
  SharedWorkloads shared(plan.vocabulary(), plan.program());
  sigset_t no_signal;
  sigemptyset(&no_signal);
  TimeEstimate estimate;
  double work = 0.0;
  double seconds = 0.0;
  for (const std::size_t point : middling_points(plan)) {
    Experiment experiment = plan.experiment(point);
    // Most points find the evaluation of their setting made.
    estimate.is_lower_bound = estimate.is_lower_bound || experiment.run.evaluate;
    experiment.run.evaluate = false;
    std::shared_ptr<const SharedWorkloads::Entry> entry;
    try {
      entry = shared.find(experiment);
    } catch (const std::exception&) {
      continue;
    }
    const auto begin = HostClock::now();
    pool.start(point, [&](const TaskChannel& channel) {
      run_point(experiment, plan.vocabulary(), plan.program().name, entry.get(), {});
      channel.done("");
    });
    std::vector<TaskOutcome> outcomes;
    while (outcomes.empty()) outcomes = pool.wait(std::chrono::seconds(1), no_signal);
    const bool is_late = outcomes[0].kind == TaskOutcome::Kind::kTimeout;
    if (outcomes[0].kind != TaskOutcome::Kind::kDone && !is_late) continue;
    estimate.is_lower_bound = estimate.is_lower_bound || is_late;
    ++estimate.measured;
    work += plan.points()[point].work;
    seconds += std::chrono::duration<double>(HostClock::now() - begin).count();
  }
  if (estimate.measured == 0) return estimate;
  for (const PlannedPoint& point : plan.points()) {
    estimate.core_seconds += point.work * seconds / work;
  }
  return estimate;
}

}  // namespace systerm
