// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/experiment_run.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/simulation/energy_report.h"
#include "model/simulation/packed_workload.h"
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

/// The whole is the sum of its layers, each priced by its own counts and time.
void add_energy(EnergyReport& report, const SimulationResult& result, Json& json) {
  report.match(result.events);
  EnergyBreakdown total;
  for (std::size_t i = 0; i < result.layers.size(); ++i) {
    const EnergyBreakdown layer = report.account(result.layers[i]);
    report.write(layer, result.layers[i], json["layers"][i]);
    total += layer;
  }
  report.write(total, result.total, json["total"]);
  report.write_design(json);
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

  void merge(const Verifier& other) {
    if (mismatches_ == 0) first_ = other.first_;
    elements_ += other.elements_;
    mismatches_ += other.mismatches_;
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

/// Answers of the samples that `pick` chooses.
template <typename Pick>
Json accuracy_json(std::span<const std::int64_t> predictions, std::span<const std::int64_t> labels,
                   Pick pick) {
  std::int64_t samples = 0;
  std::int64_t correct = 0;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    if (!pick(i)) continue;
    ++samples;
    correct += predictions[i] == labels[i];
  }
  return {{"samples", samples},
          {"correct", correct},
          {"top1", static_cast<double>(correct) / static_cast<double>(samples)}};
}

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
    const PreparedWorkload workload =
        prepare_workload(timing, plan, pack_workload(timing, plan, network));
    map_network(timing.design, *workload.network, timing.mapping);
    for (const auto& resolution : workload.resolutions) {
      map_network(timing.design, *resolution, timing.mapping);
    }
  };
  check(timing.precision);
  if (timing.baseline) check(*timing.baseline);
  if (timing.design.technology) EnergyReport(timing.design, /*external_memory=*/false);
}

nlohmann::ordered_json run_plan(const Experiment& experiment, const PrecisionPlan& plan,
                                const RunProgress& progress,
                                const Simulation::MemoryBinding& bind_memory,
                                ActivityObserver* observer) {
  if (progress) progress(0.0, "preparing the workload");
  const std::shared_ptr<const Network> network =
      pack_workload(experiment, plan, load_workload(experiment));
  return run_workload(experiment, plan, prepare_workload(experiment, plan, network), progress,
                      bind_memory, observer);
}

nlohmann::ordered_json run_workload(const Experiment& experiment, const PrecisionPlan& plan,
                                    const PreparedWorkload& workload, const RunProgress& progress,
                                    const Simulation::MemoryBinding& bind_memory,
                                    ActivityObserver* observer) {
  const std::shared_ptr<const Network>& network = workload.network->network;
  std::optional<EnergyReport> energy;
  if (experiment.design.technology) {
    energy.emplace(experiment.design, static_cast<bool>(bind_memory));
  }
  Simulation::Setup setup;
  setup.design = experiment.design;
  setup.network = workload.network;
  setup.mapped = map_network(experiment.design, *workload.network, experiment.mapping);
  for (const auto& resolution : workload.resolutions) {
    setup.resolutions.push_back(map_network(experiment.design, *resolution, experiment.mapping));
  }
  if (workload.resolutions.size() > workload.batches) {
    throw WorkloadError(
        fmt::format("precision.resolutions lists {} budgets for {} batches; raise workload.samples",
                    workload.resolutions.size(), workload.batches));
  }
  setup.fidelity = experiment.run.fidelity;
  setup.batches = workload.batches;
  setup.progress = weighted(progress, *network);
  setup.bind_memory = bind_memory;
  setup.observer = observer;
  setup.inputs = [&](std::size_t batch) { return workload.batch_inputs(batch); };

  // One a resolution, or one.
  std::vector<Verifier> verifiers;
  if (experiment.run.verify && experiment.run.fidelity == Fidelity::kData) {
    for (const auto& resolution : workload.resolutions) verifiers.emplace_back(resolution);
    if (verifiers.empty()) verifiers.emplace_back(workload.network);
  }
  std::vector<std::int64_t> predictions;
  setup.on_batch = [&](std::size_t batch, const SparseMemory& memory, const MemoryLayout& layout) {
    if (!workload.labels.empty()) {
      const FeatureMap& output = layout.features[index(network->outputs.front())];
      const auto classes = classify(read_feature(memory, output));
      predictions.insert(predictions.end(), classes.begin(), classes.end());
    }
    if (!verifiers.empty()) {
      verifiers[batch % verifiers.size()].compare(workload.batch_inputs(batch), memory, layout);
    }
  };
  if (progress) progress(0.0, "mapped");
  const SimulationResult result = Simulation::run(setup);

  Json json;
  json["samples"] = static_cast<std::int64_t>(workload.batches) * workload.batch;
  json["synthetic"] = {{"weights", workload.synthetic_weights}, {"data", workload.synthetic_data}};
  const Design& design = experiment.design;
  json["total"] = measurement_json(result.total, design, design.cores.count);
  if (design.cores.count > 1) json["cores"] = cores_json(result.cores, design);
  json["layers"] = Json::array();
  const bool is_packed = std::ranges::any_of(network->layers, [](const Layer& layer) {
    return layer.gemm() != nullptr && layer.gemm()->packed != nullptr;
  });
  for (std::size_t i = 0; i < network->layers.size(); ++i) {
    json["layers"].push_back(layer_json(network->layers[i], workload.network->layers[i],
                                        result.layers[i], experiment.design));
    if (is_packed && network->layers[i].gemm() != nullptr) {
      json["layers"].back()["packing"] =
          packing_json(network->layers[i], descriptor_of(setup.mapped, i), experiment.design);
    }
  }
  for (const auto& retention : result.retention) {
    json["edram"].push_back(retention_json(retention));
  }
  if (energy) add_energy(*energy, result, json);
  if (is_packed) json["packing"] = packing_total_json(json["layers"]);
  if (!predictions.empty()) {
    json["accuracy"] =
        accuracy_json(predictions, workload.labels, [](std::size_t) { return true; });
  }
  for (std::size_t i = 0; i < result.resolutions.size(); ++i) {
    Json& row = json["resolutions"].emplace_back();
    row = {{"group_budget", plan.resolutions[i].group_budget},
           {"data_terms", plan.resolutions[i].data_terms}};
    row.update(measurement_json(result.resolutions[i], design, design.cores.count));
    if (predictions.empty()) continue;
    row["accuracy"] = accuracy_json(predictions, workload.labels, [&](std::size_t sample) {
      return sample / static_cast<std::size_t>(workload.batch) % plan.resolutions.size() == i;
    });
  }
  if (!verifiers.empty()) {
    for (std::size_t i = 1; i < verifiers.size(); ++i) verifiers[0].merge(verifiers[i]);
    json["verification"] = verifiers[0].json();
  }
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
