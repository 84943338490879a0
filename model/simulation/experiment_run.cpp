// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/experiment_run.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/simulation/energy_report.h"
#include "model/simulation/measurement_json.h"
#include "model/simulation/packed_workload.h"
#include "model/simulation/prepared_workload.h"
#include "model/simulation/verifier.h"
#include "workloads/execution/classification.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

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

/// A prepared workload on the design of an experiment, from mapping to document.
class WorkloadRun {
 public:
  WorkloadRun(const Experiment& experiment, const PrecisionPlan& plan,
              const PreparedWorkload& workload)
      : experiment_(experiment),
        plan_(plan),
        workload_(workload),
        network_(*workload.network->network) {
    if (workload.resolutions.size() > workload.batches) {
      throw WorkloadError(fmt::format(
          "precision.resolutions lists {} budgets for {} batches; raise workload.samples",
          workload.resolutions.size(), workload.batches));
    }
    map();
    if (experiment.run.verify && experiment.run.fidelity == Fidelity::kData) {
      // One a resolution, or one.
      for (const auto& resolution : workload.resolutions) verifiers_.emplace_back(resolution);
      if (verifiers_.empty()) verifiers_.emplace_back(workload.network);
    }
  }

  Json run(const RunProgress& progress, const Simulation::MemoryBinding& bind_memory,
           ActivityObserver* observer) {
    std::optional<EnergyReport> energy;
    if (experiment_.design.technology) {
      energy.emplace(experiment_.design, static_cast<bool>(bind_memory));
    }
    setup_.progress = weighted(progress, network_);
    setup_.bind_memory = bind_memory;
    setup_.observer = observer;
    if (progress) progress(0.0, "mapped");
    return document(Simulation::run(setup_), energy ? &*energy : nullptr);
  }

 private:
  void map() {
    setup_.design = experiment_.design;
    setup_.network = workload_.network;
    setup_.mapped = map_network(experiment_.design, *workload_.network, experiment_.mapping);
    for (const auto& resolution : workload_.resolutions) {
      setup_.resolutions.push_back(
          map_network(experiment_.design, *resolution, experiment_.mapping));
    }
    setup_.fidelity = experiment_.run.fidelity;
    setup_.batches = workload_.batches;
    setup_.inputs = [this](std::size_t batch) { return workload_.batch_inputs(batch); };
    setup_.on_batch = [this](std::size_t batch, const SparseMemory& memory,
                             const MemoryLayout& layout) { batch_done(batch, memory, layout); };
  }

  void batch_done(std::size_t batch, const SparseMemory& memory, const MemoryLayout& layout) {
    if (!workload_.labels.empty()) {
      const FeatureMap& output = layout.features[index(network_.outputs.front())];
      const auto classes = classify(read_feature(memory, output));
      predictions_.insert(predictions_.end(), classes.begin(), classes.end());
    }
    if (!verifiers_.empty()) {
      verifiers_[batch % verifiers_.size()].compare(workload_.batch_inputs(batch), memory, layout);
    }
  }

  Json document(const SimulationResult& result, EnergyReport* energy) {
    const Design& design = experiment_.design;
    Json json;
    json["samples"] = static_cast<std::int64_t>(workload_.batches) * workload_.batch;
    json["synthetic"] = {{"weights", workload_.synthetic_weights},
                         {"data", workload_.synthetic_data}};
    if (Json scales = scales_json(network_); !scales.is_null()) json["scales"] = std::move(scales);
    json["total"] = measurement_json(result.total, design, design.cores.count);
    if (design.cores.count > 1) json["cores"] = cores_json(result.cores, design);
    const bool is_packed = add_layers(result, json);
    for (const auto& retention : result.retention) {
      json["edram"].push_back(retention_json(retention));
    }
    if (energy != nullptr) energy->add(result.events, result.layers, result.total, json);
    if (is_packed) json["packing"] = packing_total_json(json["layers"]);
    if (!predictions_.empty()) {
      json["accuracy"] =
          accuracy_json(predictions_, workload_.labels, [](std::size_t) { return true; });
    }
    add_resolutions(result, json);
    if (!verifiers_.empty()) {
      for (std::size_t i = 1; i < verifiers_.size(); ++i) verifiers_[0].merge(verifiers_[i]);
      json["verification"] = verifiers_[0].json();
    }
    if (!network_.unmodelled.empty()) {
      json["unmodelled"] = unmodelled_json(network_.unmodelled);
      json["coverage"] = coverage_json(network_);
    }
    json["units"] = units_json(result.statistics);
    return json;
  }

  /// Whether a layer is packed.
  bool add_layers(const SimulationResult& result, Json& json) const {
    const bool is_packed = std::ranges::any_of(network_.layers, [](const Layer& layer) {
      return layer.gemm() != nullptr && layer.gemm()->packed != nullptr;
    });
    json["layers"] = Json::array();
    for (std::size_t i = 0; i < network_.layers.size(); ++i) {
      const Layer& layer = network_.layers[i];
      json["layers"].push_back(
          layer_json(layer, workload_.network->layers[i], result.layers[i], experiment_.design));
      if (is_packed && layer.gemm() != nullptr) {
        json["layers"].back()["packing"] =
            packing_json(layer, shares_of(setup_.mapped, i), experiment_.design);
      }
    }
    return is_packed;
  }

  void add_resolutions(const SimulationResult& result, Json& json) const {
    for (std::size_t i = 0; i < result.resolutions.size(); ++i) {
      Json& row = json["resolutions"].emplace_back();
      row = {{"group_budget", plan_.resolutions[i].group_budget},
             {"data_terms", plan_.resolutions[i].data_terms}};
      row.update(measurement_json(result.resolutions[i], experiment_.design,
                                  experiment_.design.cores.count));
      if (predictions_.empty()) continue;
      row["accuracy"] = accuracy_json(predictions_, workload_.labels, [&](std::size_t sample) {
        return sample / static_cast<std::size_t>(workload_.batch) % plan_.resolutions.size() == i;
      });
    }
  }

  const Experiment& experiment_;
  const PrecisionPlan& plan_;
  const PreparedWorkload& workload_;
  const Network& network_;
  Simulation::Setup setup_;
  std::vector<Verifier> verifiers_;
  std::vector<std::int64_t> predictions_;
};

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
  return WorkloadRun(experiment, plan, workload).run(progress, bind_memory, observer);
}

}  // namespace systerm
