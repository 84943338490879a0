// SPDX-License-Identifier: Apache-2.0
// Whole runs of one design point, from the text of the experiment to the result, each in a process
// of its own.
#include <string>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/design/load_experiment.h"
#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"
#include "workloads/zoo/network_zoo.h"

namespace systerm {
namespace {

void run(benchmark::State& state, const std::string& network, const std::string& fidelity) {
  const std::string text = fmt::format(R"(systerm: 1
name: benchmark
design: tq_64x128
workload: {{network: {}}}
precision:
  default: {{format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}}
run: {{fidelity: {}}}
)",
                                       network, fidelity);
  for (auto _ : state) {
    IsolatedRun isolated([&] {
      Vocabulary vocabulary = registered_vocabulary();
      vocabulary.networks = network_names();
      vocabulary.design_folders = {SYSTERM_SOURCE_DIR "/configs/designs"};
      vocabulary.technology_folders = {SYSTERM_SOURCE_DIR "/configs/technology"};
      const Experiment experiment = parse_experiment(text, "benchmark.yaml", vocabulary);
      return run_plan(experiment, experiment.precision, {});
    });
    const auto result = isolated.wait();
    state.counters["cycles"] = result["total"]["cycles"].get<double>();
  }
}

BENCHMARK_CAPTURE(run, resnet18_timing, "resnet18", "timing")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(run, resnet18_data, "resnet18", "data")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(run, resnet50_timing, "resnet50", "timing")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(run, resnet50_data, "resnet50", "data")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace systerm
