// SPDX-License-Identifier: Apache-2.0
#include "model/evaluation/experiment_evaluator.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "model/design/layer_rules.h"
#include "model/simulation/measurement_json.h"
#include "model/simulation/packed_workload.h"
#include "model/simulation/prepared_workload.h"
#include "workloads/quantization/rebatch.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

/// The same network with as many samples at a time as suit the evaluation; `network` where it
/// cannot take more.
std::shared_ptr<const Network> batched_network(const Experiment& experiment,
                                               const std::shared_ptr<const Network>& network,
                                               std::int64_t samples) {
  const std::int64_t own = std::max<std::int64_t>(1, experiment.workload.batch);
  const std::int64_t wanted = std::min(samples, evaluation_batch(*network, own));
  if (wanted == own || !experiment.workload.gemms.empty()) return network;
  Experiment other = experiment;
  other.workload.batch = wanted;
  std::shared_ptr<const Network> batched = load_workload(other);
  QuantizedNetwork without_numbers;
  without_numbers.network = network;
  return with_batch(without_numbers, batched) ? batched : network;
}

Json share(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return nullptr;
  return static_cast<double>(part) / static_cast<double>(whole);
}

/// JSON has no infinity.
Json finite_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

/// Null where nothing differs.
Json decibels(const ValueComparison& comparison) { return finite_or_null(comparison.sqnr_db()); }

Json answers_json(const Evaluation& evaluation, const Answers& answers) {
  constexpr std::int64_t kTop = 5;
  Json json;
  const bool labelled = !evaluation.labels.empty();
  json["correct"] = labelled ? Json(evaluation.correct(answers)) : Json(nullptr);
  json["top1"] = labelled ? share(evaluation.correct(answers), evaluation.rows) : Json(nullptr);
  json["top5"] = labelled && evaluation.class_count > kTop ? share(answers.top5, evaluation.rows)
                                                           : Json(nullptr);
  json["perplexity"] =
      labelled ? Json(std::exp(-answers.log_likelihood / static_cast<double>(evaluation.rows)))
               : Json(nullptr);
  return json;
}

Json layers_json(const Evaluation& evaluation, const Network& network,
                 const Experiment& experiment) {
  const std::int64_t batch = std::max<std::int64_t>(1, experiment.workload.batch);
  Json layers = Json::array();
  for (const Layer& layer : network.layers) {
    const ValueComparison& comparison = evaluation.features[index(layer.output)];
    const Gemm* gemm = layer.gemm();
    layers.push_back(
        {{"name", layer.name},
         {"type", layer.type},
         {"format", gemm ? precision_for(experiment.precision, layer.name).precision->format : ""},
         {"macs", gemm ? gemm->macs() / batch : 0},
         {"sqnr_db", decibels(comparison)},
         {"kl", comparison.divergence()}});
  }
  return layers;
}

}  // namespace

ExperimentEvaluator::ExperimentEvaluator(const Experiment& experiment, std::size_t threads)
    : experiment_(experiment) {
  experiment_.run.fidelity = Fidelity::kData;
  network_ = load_workload(experiment_);
  WorkloadData data = load_workload_data(experiment_, *network_, experiment_.workload.samples);
  calibrated(experiment_.precision);
  batched_ = batched_network(experiment_, network_, data.samples);
  try {
    evaluator_ = std::make_unique<Evaluator>(
        batched_, EvaluationData{std::move(data.inputs), std::move(data.labels)}, threads);
  } catch (const std::invalid_argument& error) {
    throw WorkloadError(error.what());
  }
}

const ExperimentEvaluator::Calibrated& ExperimentEvaluator::calibrated(const PrecisionPlan& plan) {
  const auto known = std::ranges::find(calibrated_, plan.packing, &Calibrated::packing);
  if (known != calibrated_.end()) return *known;
  const auto network = pack_workload(experiment_, plan, network_);
  return calibrated_.emplace_back(plan.packing, network, calibrate_workload(experiment_, network));
}

std::shared_ptr<const QuantizedNetwork> ExperimentEvaluator::quantized(const PrecisionPlan& plan) {
  const Calibrated& packed = calibrated(plan);
  return quantize_workload(experiment_, plan, packed.network, packed.magnitudes);
}

Evaluation ExperimentEvaluator::evaluate(const PrecisionPlan& plan, bool compare_layers,
                                         const Evaluator::Progress& progress) {
  return evaluate(quantized(plan), compare_layers, progress);
}

std::vector<Evaluation> ExperimentEvaluator::evaluate_resolutions(const PrecisionPlan& plan) {
  std::vector<Evaluation> evaluations;
  for (const auto& resolution : quantize_resolutions(plan, *quantized(plan))) {
    evaluations.push_back(evaluate(resolution, false, {}));
  }
  return evaluations;
}

Evaluation ExperimentEvaluator::evaluate(const std::shared_ptr<const QuantizedNetwork>& integers,
                                         bool compare_layers, const Evaluator::Progress& progress) {
  if (batched_ == network_) return evaluator_->evaluate(integers, compare_layers, progress);
  return evaluator_->evaluate(
      std::make_shared<const QuantizedNetwork>(with_batch(*integers, batched_).value()),
      compare_layers, progress);
}

Json evaluation_json(const Evaluation& evaluation, const Network& network,
                     const Experiment& experiment) {
  Json json;
  json["experiment"] = experiment.name;
  json["network"] = experiment.workload.network.empty() ? "inline" : experiment.workload.network;
  json["samples"] = evaluation.samples;
  json["rows"] = evaluation.rows;
  json["classes"] = evaluation.class_count;
  json["synthetic"] = {{"weights", experiment.workload.weights == WeightSource::kSynthetic},
                       {"data", experiment.workload.data.empty()}};
  if (Json scales = scales_json(network); !scales.is_null()) json["scales"] = std::move(scales);
  json.update(answers_json(evaluation, evaluation.quantized));
  json["agreement"] =
      evaluation.class_count > 1 ? share(evaluation.agreeing(), evaluation.rows) : Json(nullptr);
  json["sqnr_db"] = decibels(evaluation.output);
  json["quantization_error"] = finite_or_null(evaluation.output.relative_error());
  json["kl"] = evaluation.divergence / static_cast<double>(evaluation.rows);
  json["float"] = answers_json(evaluation, *evaluation.reference);
  if (!evaluation.features.empty()) {
    json["layers"] = layers_json(evaluation, network, experiment);
  }
  return json;
}

}  // namespace systerm
