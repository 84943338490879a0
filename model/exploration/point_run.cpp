// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/point_run.h"

#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "model/design/effective_configuration.h"
#include "model/evaluation/accuracy_cache.h"
#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"
#include "model/simulation/packed_workload.h"
#include "model/simulation/result_document.h"
#include "workloads/quantization/term_statistics_estimate.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostEntries = 64;
/// With weights they are large.
constexpr std::size_t kMostNetworks = 4;

/// What of an experiment its network and precision follow from. The design has no part in it.
Experiment workload_part(const Experiment& experiment) {
  Experiment part;
  part.workload = experiment.workload;
  part.run.fidelity = experiment.run.fidelity;
  // Of what there is in timing fidelity nothing is random.
  if (part.run.fidelity == Fidelity::kData) part.run.seed = experiment.run.seed;
  part.run.allow_unmodelled = experiment.run.allow_unmodelled;
  part.calibration.model_scales = experiment.calibration.model_scales;
  return part;
}

/// Synthetic weights, and so what is pruned of them, then depend on the seed in both fidelities.
bool prunes_or_packs(const Experiment& experiment) {
  return !experiment.precision.packing.is_empty() ||
         (experiment.baseline && !experiment.baseline->packing.is_empty());
}

/// So that the children find the estimates made.
void estimate_terms(const QuantizedNetwork& network) {
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const Layer& layer = network.network->layers[i];
    if (layer.gemm() == nullptr || !network.layers[i].weight_codes.empty()) continue;
    const bool is_signed = network.features[index(layer.inputs.front())].is_signed;
    estimate_term_statistics(*network.layers[i].format, is_signed);
  }
}

Json run_shared(const Experiment& experiment, const PrecisionPlan& plan, const SharedPlan& shared) {
  if (shared.prepared) return run_workload(experiment, plan, *shared.prepared, {});
  const QuantizationCache* cache = shared.quantization ? &*shared.quantization : nullptr;
  return run_workload(experiment, plan, prepare_workload(experiment, plan, shared.network, cache),
                      {});
}

}  // namespace

SharedWorkloads::SharedWorkloads(const Vocabulary& vocabulary, const ProgramIdentity& program,
                                 std::filesystem::path folder)
    : vocabulary_(vocabulary), identifier_(vocabulary, program), folder_(std::move(folder)) {}

std::shared_ptr<const Network> SharedWorkloads::network(const Experiment& experiment) {
  const std::string key = effective_configuration(workload_part(experiment), vocabulary_);
  const auto known = networks_.find(key);
  if (known != networks_.end()) return known->second;
  if (networks_.size() == kMostNetworks) {
    networks_.clear();
    entries_.clear();
    recent_.clear();
  }
  return networks_.emplace(key, load_workload(experiment)).first->second;
}

SharedPlan SharedWorkloads::shared_plan(const Experiment& experiment, const PrecisionPlan& plan,
                                        const std::shared_ptr<const Network>& network) {
  SharedPlan shared;
  shared.network = pack_workload(experiment, plan, network);
  if (experiment.run.fidelity == Fidelity::kTiming) {
    shared.prepared = prepare_workload(experiment, plan, shared.network);
    estimate_terms(*shared.prepared->network);
  } else if (!folder_.empty()) {
    Experiment part = workload_part(experiment);
    part.precision = plan;
    part.calibration = experiment.calibration;
    shared.quantization.emplace(folder_, identifier_.hash(part));
  }
  return shared;
}

std::shared_ptr<const SharedWorkloads::Entry> SharedWorkloads::find(const Experiment& experiment) {
  Experiment part = workload_part(experiment);
  part.precision = experiment.precision;
  part.baseline = experiment.baseline;
  part.mapping = experiment.mapping;
  part.calibration = experiment.calibration;
  if (prunes_or_packs(experiment)) part.run.seed = experiment.run.seed;
  const std::string key = effective_configuration(part, vocabulary_);
  if (const auto known = entries_.find(key); known != entries_.end()) return known->second;
  auto entry = std::make_shared<Entry>();
  const auto loaded = network(experiment);
  entry->main = shared_plan(experiment, experiment.precision, loaded);
  if (experiment.baseline) {
    entry->baseline = shared_plan(experiment, *experiment.baseline, loaded);
  }
  const bool has_weights_of_its_own =
      prunes_or_packs(experiment) && experiment.run.fidelity == Fidelity::kData;
  while (recent_.size() >= (has_weights_of_its_own ? kMostNetworks : kMostEntries)) {
    entries_.erase(recent_.back());
    recent_.pop_back();
  }
  recent_.push_front(key);
  entries_.emplace(key, entry);
  return entry;
}

Json run_point(const Experiment& experiment, const Vocabulary& vocabulary,
               const std::string& program, const SharedWorkloads::Entry* shared,
               const std::filesystem::path& evaluations) {
  const auto run = [&](const PrecisionPlan& plan, SharedPlan SharedWorkloads::Entry::*of) {
    return shared == nullptr ? run_plan(experiment, plan, {})
                             : run_shared(experiment, plan, shared->*of);
  };
  std::optional<Json> baseline;
  if (experiment.baseline) {
    IsolatedRun isolated(
        [&] { return run(*experiment.baseline, &SharedWorkloads::Entry::baseline); });
    baseline = isolated.wait();
  }
  Json main = run(experiment.precision, &SharedWorkloads::Entry::main);
  if (experiment.run.evaluate) {
    main["evaluation"] = evaluate_once(experiment, vocabulary, evaluations);
  }
  Json document = result_document(
      experiment, main, baseline,
      provenance_json(experiment, program, configuration_hash(experiment, vocabulary)));
  refuse_mismatches(document);
  return document;
}

}  // namespace systerm
