// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/experiment_run.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/simulation/prepared_workload.h"
#include "workloads/execution/classification.h"
#include "workloads/execution/integer_reference.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

Json measurement_json(const Measurement& measurement, const Design& design) {
  const double cells = static_cast<double>(design.array.rows * design.array.columns);
  const auto cycles = static_cast<double>(measurement.cycles);
  Json json;
  json["cycles"] = measurement.cycles;
  json["seconds"] = cycles / design.clock_hz;
  json["macs"] = measurement.macs;
  json["term_pairs"] = measurement.term_pairs;
  json["term_pair_bound"] = measurement.term_pair_bound;
  json["utilisation"] = measurement.cycles == 0
                            ? 0.0
                            : static_cast<double>(measurement.cell_cycles) / (cells * cycles);
  json["busy"] = measurement.array_cycles[0];
  for (std::size_t i = 1; i < kArrayCauses; ++i) {
    json["stalls"][std::string(kArrayCauseNames[i])] = measurement.array_cycles[i];
  }
  json["vector_unit_cycles"] = measurement.vector_unit_cycles;
  for (const MemoryTraffic& traffic : measurement.traffic) {
    json["bytes"][traffic.memory] = {{"read", traffic.read}, {"written", traffic.written}};
  }
  return json;
}

Json layer_json(const Layer& layer, const QuantizedLayer& quantized, const Measurement& measurement,
                const Design& design) {
  Json json;
  json["name"] = layer.name;
  json["type"] = layer.type;
  const Gemm* gemm = layer.gemm();
  json["m"] = gemm ? gemm->m : 0;
  json["k"] = gemm ? gemm->k : 0;
  json["n"] = gemm ? gemm->n : 0;
  json["groups"] = gemm ? gemm->groups : 0;
  json["format"] = gemm ? std::string(quantized.format->name()) : "";
  json.update(measurement_json(measurement, design));
  return json;
}

/// Compares what the runs leave in memory with the reference executor, feature by feature.
class Verifier {
 public:
  explicit Verifier(std::shared_ptr<const QuantizedNetwork> network)
      : network_(std::move(network)), reference_(network_) {}

  void compare(std::span<const FeatureCodes> inputs, const SparseMemory& memory,
               const MemoryLayout& layout) {
    const std::vector<FeatureCodes> expected = reference_.run(inputs);
    for (const Layer& layer : network_->network->layers) {
      const std::size_t id = index(layer.output);
      const FeatureCodes actual = read_feature(memory, layout.features[id]);
      for (std::size_t i = 0; i < actual.codes.size(); ++i) {
        ++elements_;
        if (actual.codes[i] == expected[id].codes[i]) continue;
        if (mismatches_++ == 0) {
          first_ = fmt::format("layer '{}', element {}: {} instead of {}", layer.name, i,
                               actual.codes[i], expected[id].codes[i]);
        }
      }
    }
  }

  Json json() const {
    Json json = {{"elements", elements_}, {"mismatches", mismatches_}};
    if (mismatches_ > 0) json["first_mismatch"] = first_;
    return json;
  }

 private:
  std::shared_ptr<const QuantizedNetwork> network_;
  IntegerReference reference_;
  std::int64_t elements_ = 0;
  std::int64_t mismatches_ = 0;
  std::string first_;
};

/// Layers take about as long to simulate as they have MACs and results.
Simulation::Progress weighted(const RunProgress& progress, const Network& network) {
  if (!progress) return {};
  std::vector<double> behind(1, 0.0);
  for (const Layer& layer : network.layers) {
    const Gemm* gemm = layer.gemm();
    const std::int64_t results = network.feature(layer.output).shape.elements();
    behind.push_back(behind.back() + static_cast<double>((gemm ? gemm->macs() : 0) + results));
  }
  return [progress, behind](std::size_t done, std::size_t total, const std::string& layer) {
    const std::size_t layers = behind.size() - 1;
    const auto batches = static_cast<double>(total / layers);
    const double work = static_cast<double>(done / layers) * behind.back() + behind[done % layers];
    progress(work / (batches * behind.back()), layer);
  };
}

}  // namespace

void check_fits(const Experiment& experiment) {
  Experiment timing = experiment;
  timing.run.fidelity = Fidelity::kTiming;
  const std::shared_ptr<const Network> network = load_workload(timing);
  const auto check = [&](const PrecisionPlan& plan) {
    const PreparedWorkload workload = prepare_workload(timing, plan, network);
    map_network(timing.design, *workload.network, timing.mapping);
  };
  check(timing.precision);
  if (timing.baseline) check(*timing.baseline);
}

nlohmann::ordered_json run_plan(const Experiment& experiment, const PrecisionPlan& plan,
                                const RunProgress& progress,
                                const Simulation::MemoryBinding& bind_memory,
                                ActivityObserver* observer) {
  if (progress) progress(0.0, "preparing the workload");
  const std::shared_ptr<const Network> network = load_workload(experiment);
  return run_workload(experiment, network, prepare_workload(experiment, plan, network), progress,
                      bind_memory, observer);
}

nlohmann::ordered_json run_workload(const Experiment& experiment,
                                    const std::shared_ptr<const Network>& network,
                                    const PreparedWorkload& workload,
                                    const RunProgress& progress,
                                    const Simulation::MemoryBinding& bind_memory,
                                    ActivityObserver* observer) {
  Simulation::Setup setup;
  setup.design = experiment.design;
  setup.network = workload.network;
  setup.mapped = map_network(experiment.design, *workload.network, experiment.mapping);
  setup.fidelity = experiment.run.fidelity;
  setup.batches = workload.batches;
  setup.progress = weighted(progress, *network);
  setup.bind_memory = bind_memory;
  setup.observer = observer;
  setup.inputs = [&](std::size_t batch) { return workload.batch_inputs(batch); };

  std::unique_ptr<Verifier> verifier;
  if (experiment.run.verify && experiment.run.fidelity == Fidelity::kData) {
    verifier = std::make_unique<Verifier>(workload.network);
  }
  std::vector<std::int64_t> predictions;
  setup.on_batch = [&](std::size_t batch, const SparseMemory& memory, const MemoryLayout& layout) {
    if (!workload.labels.empty()) {
      const FeatureMap& output = layout.features[index(network->outputs.front())];
      const auto classes = classify(read_feature(memory, output));
      predictions.insert(predictions.end(), classes.begin(), classes.end());
    }
    if (verifier) verifier->compare(workload.batch_inputs(batch), memory, layout);
  };
  if (progress) progress(0.0, "mapped");
  const SimulationResult result = Simulation::run(setup);

  Json json;
  json["samples"] = static_cast<std::int64_t>(workload.batches) * workload.batch;
  json["synthetic"] = {{"weights", workload.synthetic_weights}, {"data", workload.synthetic_data}};
  json["total"] = measurement_json(result.total, experiment.design);
  json["layers"] = Json::array();
  for (std::size_t i = 0; i < network->layers.size(); ++i) {
    json["layers"].push_back(layer_json(network->layers[i], workload.network->layers[i],
                                        result.layers[i], experiment.design));
  }
  if (!predictions.empty()) {
    const std::int64_t correct = count_correct(predictions, workload.labels);
    json["accuracy"] = {
        {"samples", predictions.size()},
        {"correct", correct},
        {"top1", static_cast<double>(correct) / static_cast<double>(predictions.size())}};
  }
  if (verifier) json["verification"] = verifier->json();
  if (!network->unmodelled.empty()) {
    json["unmodelled"] = Json::array();
    for (const UnmodelledOperator& missing : network->unmodelled) {
      json["unmodelled"].push_back({{"name", missing.name},
                                    {"type", missing.type},
                                    {"reason", missing.reason},
                                    {"macs", missing.macs}});
    }
  }
  json["units"] = Json::array();
  for (const UnitStatistic& statistic : result.statistics) {
    json["units"].push_back({{"unit", statistic.unit},
                             {"name", statistic.name},
                             {"value", statistic.value},
                             {"measure", statistic.measure},
                             {"description", statistic.description}});
  }
  return json;
}

}  // namespace systerm
