// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/prepared_workload.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/design/layer_rules.h"
#include "model/design/term_budgets.h"
#include "model/simulation/stored_scales.h"
#include "workloads/data/synthetic.h"
#include "workloads/execution/float_executor.h"
#include "workloads/execution/integer_reference.h"
#include "workloads/import/scale_sim.h"
#include "workloads/quantization/quantize.h"
#include "workloads/quantization/shift_requantization.h"
#include "workloads/quantization/synthetic_network.h"
#include "workloads/sparsity/channel_renumbering.h"
#include "workloads/sparsity/weight_file.h"
#include "workloads/zoo/load_network.h"

namespace systerm {

namespace {

std::shared_ptr<const Network> read_network(const Workload& workload) {
  if (workload.gemms.empty()) {
    Extents extents;
    for (const ChosenExtent& chosen : workload.extents) {
      if (!extents.emplace(chosen.name, chosen.extent).second) {
        throw WorkloadError(fmt::format("workload.extents gives '{}' twice", chosen.name));
      }
    }
    return std::make_shared<const Network>(load_network(workload.network, workload.batch, extents));
  }
  if (!workload.extents.empty()) {
    throw WorkloadError("workload.extents has no effect on workload.gemms; remove it");
  }
  if (workload.batch != 1) {
    throw WorkloadError("workload.batch has no effect on workload.gemms; write it into their m");
  }
  std::vector<GemmSize> gemms;
  for (const InlineGemm& gemm : workload.gemms) {
    gemms.push_back({gemm.name, gemm.m, gemm.k, gemm.n, gemm.groups});
  }
  return std::make_shared<const Network>(gemm_network("inline", gemms));
}

/// As if the source were real-valued.
Network without_model_codes(Network network) {
  for (Feature& feature : network.features) feature.codes.reset();
  for (Layer& layer : network.layers) {
    if (auto* gemm = std::get_if<Gemm>(&layer.operation)) gemm->weight_scales.clear();
  }
  return network;
}

Network without_weights(Network network) {
  for (Layer& layer : network.layers) {
    if (auto* gemm = std::get_if<Gemm>(&layer.operation)) gemm->weights = nullptr;
  }
  for (ConstantFeature& constant : network.constants) constant.values = nullptr;
  return network;
}

/// `remedy` says what can be done about it.
void refuse_unmodelled(const Network& network, const char* remedy) {
  if (network.unmodelled.empty()) return;
  std::string list;
  std::int64_t macs = 0;
  for (const UnmodelledOperator& missing : network.unmodelled) {
    list += fmt::format("\n  {} ({}): {}, {} MACs", missing.name, missing.type, missing.reason,
                        missing.macs);
    macs += missing.macs;
  }
  throw WorkloadError(
      fmt::format("{} operators of network '{}' are not modelled, {:.1f} % of its MACs:{}\n{}",
                  network.unmodelled.size(), network.name,
                  100.0 * static_cast<double>(macs) /
                      static_cast<double>(std::max<std::int64_t>(1, macs + network.macs())),
                  list, remedy));
}

/// All weights are held at once, as real values, codes and packed.
void refuse_too_large(const Network& network) {
  constexpr std::int64_t kMostParameters = std::int64_t{1} << 29;
  if (network.parameters() <= kMostParameters) return;
  throw WorkloadError(
      fmt::format("network '{}' has {:.2f} G parameters, data fidelity holds all of them in memory "
                  "and takes up "
                  "to {:.2f} G; use run.fidelity: timing",
                  network.name, static_cast<double>(network.parameters()) * 1e-9,
                  static_cast<double>(kMostParameters) * 1e-9));
}

/// A pattern that matches nothing is a typing error more often than not.
template <typename Rule>
void refuse_unmatched(const std::string& network, const char* key, const std::vector<Rule>& rules,
                      const std::vector<std::size_t>& unmatched) {
  if (unmatched.empty()) return;
  std::string patterns;
  for (const std::size_t rule : unmatched) patterns += fmt::format(" '{}'", rules[rule].match);
  throw WorkloadError(
      fmt::format("{}: no layer of network '{}' matches{}; `systerm import {}` lists their names",
                  key, network, patterns, network));
}

/// Samples of a file, in the order of the network's only input.
Dataset load_input(const Experiment& experiment, const std::filesystem::path& file, const char* key,
                   const Network& network) {
  if (network.inputs.size() != 1) {
    throw WorkloadError(fmt::format("{} gives one input, network '{}' has {}", key, network.name,
                                    network.inputs.size()));
  }
  return adapt_to_input(
      load_dataset(file, experiment.workload.data_offset, experiment.workload.data_scale),
      network.feature(network.inputs.front()).source_shape);
}

std::vector<Dataset> synthetic_inputs(const Experiment& experiment, const Network& network,
                                      std::int64_t samples) {
  std::vector<Dataset> inputs;
  for (const FeatureId id : network.inputs) {
    const Feature& feature = network.feature(id);
    Dataset data;
    data.name = "synthetic";
    data.count = samples;
    // The first axis counts the samples of a batch, or, for a matrix, rows of the one sample.
    data.sample_shape = feature.source_shape;
    data.sample_shape.front() /= std::max<std::int64_t>(1, experiment.workload.batch);
    const std::int64_t elements = data.sample_elements() * samples;
    data.values =
        feature.index_range > 0
            ? synthetic_numbers(feature.index_range, static_cast<std::size_t>(elements))
            : synthetic_data(experiment.run.seed, feature.name, static_cast<std::size_t>(elements));
    inputs.push_back(std::move(data));
  }
  return inputs;
}

std::vector<std::int64_t> load_sample_labels(const Workload& workload, std::int64_t samples,
                                             std::int64_t samples_in_file) {
  const std::vector<std::int64_t> all = load_labels(workload.labels);
  if (std::ssize(all) != samples_in_file) {
    throw WorkloadError(fmt::format("workload.labels holds {} labels, workload.data {} samples",
                                    all.size(), samples_in_file));
  }
  const auto first = all.begin() + workload.first_sample;
  return {first, first + samples};
}

/// With shifts in place of scaling where the calibration says so.
std::shared_ptr<const QuantizedNetwork> requantized(const Calibration& calibration,
                                                    QuantizedNetwork quantized) {
  if (calibration.scales.requantization == Requantization::kShift) {
    quantized = with_shift_requantizers(std::move(quantized));
  }
  return std::make_shared<const QuantizedNetwork>(std::move(quantized));
}

std::vector<Tensor> batch_of(const std::vector<Dataset>& inputs, std::size_t index,
                             std::int64_t batch) {
  std::vector<Tensor> tensors;
  for (const Dataset& data : inputs) {
    tensors.push_back(data.batch(static_cast<std::int64_t>(index) * batch, batch));
  }
  return tensors;
}

}  // namespace

std::vector<FeatureCodes> PreparedWorkload::batch_inputs(std::size_t index) const {
  const std::vector<Tensor> tensors = batch_of(inputs, index, batch);
  std::vector<FeatureCodes> codes;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    codes.push_back(quantize_feature(*network, network->network->inputs[i], tensors[i]));
  }
  return codes;
}

std::shared_ptr<const Network> load_workload(const Experiment& experiment) {
  std::shared_ptr<const Network> network = read_network(experiment.workload);
  if (!experiment.workload.weight_file.empty()) {
    network =
        std::make_shared<const Network>(with_weights_of(*network, experiment.workload.weight_file));
  }
  const bool takes_codes = experiment.workload.weights == WeightSource::kFile &&
                           experiment.calibration.model_scales == ModelScales::kTaken;
  if (!takes_codes && stored_in_model(*network) != ModelStorage{}) {
    network = std::make_shared<const Network>(without_model_codes(*network));
  }
  if (!experiment.run.allow_unmodelled) {
    refuse_unmodelled(*network, "set run.allow_unmodelled to run the others");
  }
  if (experiment.run.fidelity == Fidelity::kTiming) return network;
  refuse_unmodelled(*network,
                    "no executor knows them, float or integer, so neither data fidelity nor an "
                    "evaluation can tell what the network answers; run.fidelity: timing takes "
                    "run.allow_unmodelled");
  refuse_too_large(*network);
  if (experiment.workload.weights == WeightSource::kSynthetic) {
    return std::make_shared<const Network>(
        with_synthetic_weights(without_weights(*network), experiment.run.seed));
  }
  if (!network->has_weights()) {
    throw WorkloadError(fmt::format(
        "network '{}' carries no weights; use workload.weights: synthetic, or give them in "
        "workload.weight_file",
        network->name));
  }
  return network;
}

WorkloadData load_workload_data(const Experiment& experiment, const Network& network,
                                std::int64_t samples) {
  const Workload& workload = experiment.workload;
  WorkloadData data;
  if (workload.data.empty()) {
    data.samples = samples > 0 ? samples : std::max<std::int64_t>(1, workload.batch);
    data.inputs = synthetic_inputs(experiment, network, data.samples);
    return data;
  }
  const Dataset all = load_input(experiment, workload.data, "workload.data", network);
  const std::int64_t left = std::max<std::int64_t>(0, all.count - workload.first_sample);
  data.samples = samples > 0 ? samples : left;
  if (data.samples > left || data.samples == 0) {
    throw WorkloadError(
        fmt::format("workload.samples asks for {} from workload.first_sample {} on, {} holds {}",
                    data.samples, workload.first_sample, all.name, all.count));
  }
  data.inputs.push_back(slice(all, workload.first_sample, data.samples));
  if (!workload.labels.empty()) {
    data.labels = load_sample_labels(workload, data.samples, all.count);
  }
  return data;
}

std::vector<MagnitudeHistogram> calibrate_workload(const Experiment& experiment,
                                                   const std::shared_ptr<const Network>& network) {
  const Calibration& calibration = experiment.calibration;
  if (!calibration.file.empty()) return {};
  const std::int64_t batch = std::max<std::int64_t>(1, experiment.workload.batch);
  std::int64_t samples = (calibration.samples + batch - 1) / batch * batch;
  std::vector<Dataset> inputs;
  if (calibration.data.empty() && experiment.workload.data.empty()) {
    inputs = synthetic_inputs(experiment, *network, samples);
  } else {
    const bool is_own = !calibration.data.empty();
    const Dataset all = load_input(experiment, is_own ? calibration.data : experiment.workload.data,
                                   is_own ? "calibration.data" : "workload.data", *network);
    const std::int64_t left = std::max<std::int64_t>(0, all.count - calibration.first_sample);
    if (left < batch) {
      throw WorkloadError(
          fmt::format("calibration needs a batch of {} samples from calibration.first_sample {} "
                      "on, {} holds {}",
                      batch, calibration.first_sample, all.name, all.count));
    }
    samples = std::min(samples, left / batch * batch);
    inputs.push_back(slice(all, calibration.first_sample, samples));
  }
  FloatExecutor executor(network);
  std::vector<MagnitudeHistogram> magnitudes(network->features.size(),
                                             MagnitudeHistogram(calibration.scales.needs_bins()));
  for (std::int64_t i = 0; i < samples / batch; ++i) {
    calibrate(executor, batch_of(inputs, static_cast<std::size_t>(i), batch), magnitudes);
  }
  return magnitudes;
}

std::vector<Precision> layer_precisions(const PrecisionPlan& plan, const Network& network) {
  std::vector<Precision> precisions;
  std::vector<std::string> names;
  for (const Layer& layer : network.layers) {
    precisions.push_back(*precision_for(plan, layer.name).precision);
    names.push_back(layer.name);
  }
  refuse_unmatched(network.name, "precision.layers", plan.layers, unmatched_rules(plan, names));
  return precisions;
}

std::shared_ptr<const QuantizedNetwork> quantize_workload(
    const Experiment& experiment, const PrecisionPlan& plan,
    const std::shared_ptr<const Network>& network, std::span<const MagnitudeHistogram> magnitudes) {
  const std::vector<Precision> precisions = layer_precisions(plan, *network);
  const Calibration& calibration = experiment.calibration;
  return requantized(calibration,
                     calibration.file.empty()
                         ? quantize_network(network, precisions, magnitudes, calibration.scales)
                         : quantize_network(network, precisions,
                                            load_scales(calibration.file, *network, precisions)));
}

std::vector<std::shared_ptr<const QuantizedNetwork>> quantize_resolutions(
    const PrecisionPlan& plan, const QuantizedNetwork& base) {
  Scales scales;
  for (const FeatureQuantization& feature : base.features) scales.features.push_back(feature.scale);
  for (const QuantizedLayer& layer : base.layers) scales.weights.push_back(layer.weight_scales);
  const bool is_timing = std::ranges::all_of(
      base.layers, [](const QuantizedLayer& layer) { return layer.weight_codes.empty(); });
  const bool has_requantizers = std::ranges::any_of(
      base.layers, [](const QuantizedLayer& layer) { return layer.requantizer != nullptr; });
  std::vector<std::shared_ptr<const QuantizedNetwork>> networks;
  for (const TermBudget& budget : plan.resolutions) {
    const std::vector<Precision> precisions =
        layer_precisions(resolution_of(plan, budget), *base.network);
    QuantizedNetwork quantized = is_timing ? assign_precisions(base.network, precisions)
                                           : quantize_network(base.network, precisions, scales);
    if (has_requantizers) quantized = with_shift_requantizers(std::move(quantized));
    networks.push_back(std::make_shared<const QuantizedNetwork>(std::move(quantized)));
  }
  return networks;
}

namespace {

/// The networks and their integers, at each resolution.
void prepare_networks(const Experiment& experiment, const PrecisionPlan& plan,
                      const std::shared_ptr<const Network>& network, const QuantizationCache* cache,
                      PreparedWorkload& prepared) {
  if (experiment.run.fidelity == Fidelity::kTiming) {
    prepared.network = requantized(experiment.calibration,
                                   assign_precisions(network, layer_precisions(plan, *network)));
  } else {
    const auto known = cache != nullptr ? cache->find(network, plan) : nullptr;
    if (known) {
      prepared.network = requantized(experiment.calibration, *known);
    } else {
      prepared.network =
          quantize_workload(experiment, plan, network, calibrate_workload(experiment, network));
      if (cache != nullptr) cache->keep(*prepared.network);
    }
  }
  prepared.resolutions = quantize_resolutions(plan, *prepared.network);
  if (!plan.packing.renumber_channels) return;
  const std::vector<FeatureOrder> orders = orders_of_groups(*network);
  const auto renumber = [&](std::shared_ptr<const QuantizedNetwork>& integers) {
    integers = std::make_shared<const QuantizedNetwork>(with_channel_orders(*integers, orders));
  };
  renumber(prepared.network);
  std::ranges::for_each(prepared.resolutions, renumber);
}

}  // namespace

PreparedWorkload prepare_workload(const Experiment& experiment, const PrecisionPlan& plan,
                                  const std::shared_ptr<const Network>& network,
                                  const QuantizationCache* cache) {
  PreparedWorkload prepared;
  prepared.batch = std::max<std::int64_t>(1, experiment.workload.batch);
  const std::int64_t samples =
      experiment.workload.samples > 0 ? experiment.workload.samples : prepared.batch;
  if (samples % prepared.batch != 0) {
    throw WorkloadError(fmt::format(
        "workload.samples ({}) is not a multiple of workload.batch ({})", samples, prepared.batch));
  }
  prepared.batches = static_cast<std::size_t>(samples / prepared.batch);
  prepared.synthetic_weights = experiment.workload.weights == WeightSource::kSynthetic;
  prepared.synthetic_data = experiment.workload.data.empty();

  std::vector<std::string> names;
  for (const Layer& layer : network->layers) names.push_back(layer.name);
  refuse_unmatched(network->name, "mapping", experiment.mapping,
                   unmatched_rules(experiment.mapping, names));
  if (experiment.run.fidelity == Fidelity::kData) {
    WorkloadData data = load_workload_data(experiment, *network, samples);
    prepared.inputs = std::move(data.inputs);
    prepared.labels = std::move(data.labels);
  }
  prepare_networks(experiment, plan, network, cache, prepared);
  return prepared;
}

}  // namespace systerm
