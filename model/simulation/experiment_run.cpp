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

/// Of `cores` cores together.
Json measurement_json(const Measurement& measurement, const Design& design, int cores) {
  const double cells = static_cast<double>(design.array.rows * design.array.columns * cores);
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
  if (cores > 1) json["core_cycles"] = measurement.core_cycles;
  json["busy"] = measurement.array_cycles[0];
  for (std::size_t i = 1; i < kArrayCauses; ++i) {
    if (static_cast<ArrayCause>(i) == ArrayCause::kOtherCores && design.cores.count == 1) continue;
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
  json.update(measurement_json(measurement, design, design.cores.count));
  return json;
}

Json cores_json(const std::vector<Measurement>& cores, const Design& design) {
  Json json = Json::array();
  for (std::size_t core = 0; core < cores.size(); ++core) {
    Json entry = {{"name", fmt::format("core{}", core)}};
    entry.update(measurement_json(cores[core], design, 1));
    json.push_back(std::move(entry));
  }
  return json;
}

Json retention_json(const SimulationResult::Retention& retention) {
  const RetentionReport& report = retention.report;
  Json json = {{"unit", retention.unit},
               {"retention_cycles", report.retention_cycles},
               {"rows", report.rows},
               {"refreshes", report.refreshes},
               {"violations", report.violations},
               {"longest_lifetime_cycles", report.longest_cycles}};
  json["lifetimes"] = Json::array();
  for (const RetentionReport::Bin& bin : report.lifetimes) {
    json["lifetimes"].push_back({{"from_cycles", bin.from_cycles}, {"count", bin.lifetimes}});
  }
  json["worst_rows"] = Json::array();
  for (const RetentionReport::Row& row : report.worst_rows) {
    json["worst_rows"].push_back({{"bank", row.bank},
                                  {"row", row.row},
                                  {"written_at_cycle", row.written_at},
                                  {"lifetime_cycles", row.lifetime_cycles}});
  }
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
                                const Simulation::Progress& progress,
                                const Simulation::MemoryBinding& bind_memory) {
  const std::shared_ptr<const Network> network = load_workload(experiment);
  const PreparedWorkload workload = prepare_workload(experiment, plan, network);
  Simulation::Setup setup;
  setup.design = experiment.design;
  setup.network = workload.network;
  setup.mapped = map_network(experiment.design, *workload.network, experiment.mapping);
  setup.fidelity = experiment.run.fidelity;
  setup.batches = workload.batches;
  setup.progress = progress;
  setup.bind_memory = bind_memory;
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
  const SimulationResult result = Simulation::run(setup);

  Json json;
  json["samples"] = static_cast<std::int64_t>(workload.batches) * workload.batch;
  json["synthetic"] = {{"weights", workload.synthetic_weights}, {"data", workload.synthetic_data}};
  const Design& design = experiment.design;
  json["total"] = measurement_json(result.total, design, design.cores.count);
  if (design.cores.count > 1) json["cores"] = cores_json(result.cores, design);
  json["layers"] = Json::array();
  for (std::size_t i = 0; i < network->layers.size(); ++i) {
    json["layers"].push_back(layer_json(network->layers[i], workload.network->layers[i],
                                        result.layers[i], experiment.design));
  }
  for (const auto& retention : result.retention) {
    json["edram"].push_back(retention_json(retention));
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
