// SPDX-License-Identifier: Apache-2.0
#include "model/evaluation/cycle_count.h"

#include <nlohmann/json.hpp>

#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"

namespace systerm {

namespace {

double energy_of(const nlohmann::ordered_json& total) {
  if (!total.contains("energy_pj")) return -1.0;
  double sum = 0.0;
  for (const auto& [unit, energy] : total["energy_pj"].items()) {
    if (energy.is_number()) sum += energy.get<double>();
  }
  return sum;
}

}  // namespace

CycleCount count_cycles(const Experiment& experiment, const PrecisionPlan& plan) {
  Experiment timing = experiment;
  timing.run.fidelity = Fidelity::kTiming;
  timing.run.verify = false;
  timing.workload.samples = 0;
  const auto result = IsolatedRun([&] { return run_plan(timing, plan, {}); }).wait();
  CycleCount count;
  count.cycles = result["total"]["cycles"].get<std::int64_t>();
  count.seconds = result["total"]["seconds"].get<double>();
  count.energy_pj = energy_of(result["total"]);
  for (const auto& layer : result["layers"]) {
    count.layers.push_back(layer["cycles"].get<std::int64_t>());
  }
  return count;
}

}  // namespace systerm
