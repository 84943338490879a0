// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/point_run.h"

#include <optional>

#include <nlohmann/json.hpp>

#include "model/design/effective_configuration.h"
#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"
#include "model/simulation/packed_workload.h"
#include "model/simulation/result_document.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostEntries = 64;

/// What of an experiment load_workload() and prepare_workload() read in timing fidelity. Design,
/// calibration and seed have no part in it.
std::string workload_key(const Experiment& experiment, const Vocabulary& vocabulary,
                         bool with_precision) {
  Experiment part;
  part.workload = experiment.workload;
  part.run.allow_unmodelled = experiment.run.allow_unmodelled;
  if (with_precision) {
    part.precision = experiment.precision;
    part.baseline = experiment.baseline;
    part.mapping = experiment.mapping;
  }
  return effective_configuration(part, vocabulary);
}

/// Such a network belongs to one plan and one seed.
bool prunes_or_packs(const Experiment& experiment) {
  return !experiment.precision.packing.is_empty() ||
         (experiment.baseline && !experiment.baseline->packing.is_empty());
}

Json run_prepared(const Experiment& experiment, const PrecisionPlan& plan,
                  const PreparedWorkload* prepared) {
  return prepared == nullptr ? run_plan(experiment, plan, {})
                             : run_workload(experiment, plan, *prepared, {});
}

}  // namespace

std::shared_ptr<const Network> SharedWorkloads::network(const Experiment& experiment) {
  const std::string key = workload_key(experiment, vocabulary_, false);
  auto& known = networks_[key];
  if (!known) known = load_workload(experiment);
  return known;
}

std::shared_ptr<const SharedWorkloads::Entry> SharedWorkloads::find(const Experiment& experiment) {
  if (experiment.run.fidelity != Fidelity::kTiming || prunes_or_packs(experiment)) return nullptr;
  const std::string key = workload_key(experiment, vocabulary_, true);
  if (const auto known = entries_.find(key); known != entries_.end()) return known->second;
  auto entry = std::make_shared<Entry>();
  const auto prepare = [&, network = network(experiment)](const PrecisionPlan& plan) {
    return prepare_workload(experiment, plan, pack_workload(experiment, plan, network));
  };
  entry->main = prepare(experiment.precision);
  if (experiment.baseline) entry->baseline = prepare(*experiment.baseline);
  if (recent_.size() == kMostEntries) {
    entries_.erase(recent_.back());
    recent_.pop_back();
  }
  recent_.push_front(key);
  entries_.emplace(key, entry);
  return entry;
}

Json run_point(const Experiment& experiment, const Vocabulary& vocabulary,
               const std::string& program, const SharedWorkloads::Entry* shared) {
  std::optional<Json> baseline;
  if (experiment.baseline) {
    IsolatedRun run([&] {
      return run_prepared(experiment, *experiment.baseline,
                          shared == nullptr ? nullptr : &shared->baseline);
    });
    baseline = run.wait();
  }
  const Json main =
      run_prepared(experiment, experiment.precision, shared == nullptr ? nullptr : &shared->main);
  Json document = result_document(
      experiment, main, baseline,
      provenance_json(experiment, program, configuration_hash(experiment, vocabulary)));
  refuse_mismatches(document);
  return document;
}

}  // namespace systerm
