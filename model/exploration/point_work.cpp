// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/point_work.h"

#include <algorithm>
#include <exception>
#include <variant>

#include "model/design/effective_configuration.h"
#include "model/design/layer_rules.h"
#include "model/simulation/prepared_workload.h"

namespace systerm {
namespace {

// Microseconds, measured on runs of the zoo; only their proportions matter.
constexpr double kPoint = 2000.0;
constexpr double kLayer = 20.0;
constexpr double kTile = 4.0;
constexpr double kBurst = 1.5;
constexpr double kDataMac = 0.0005;

double quotient_up(std::int64_t a, std::int64_t b) {
  return static_cast<double>((a + b - 1) / std::max<std::int64_t>(1, b));
}

double layer_work(const Network& network, const Layer& layer, const Precision& precision,
                  const Experiment& experiment) {
  const Design& design = experiment.design;
  double bytes = static_cast<double>(network.feature(layer.output).shape.elements());
  for (const FeatureId input : layer.inputs) {
    bytes += static_cast<double>(network.feature(input).shape.elements());
  }
  double work = kLayer;
  if (const Gemm* gemm = layer.gemm()) {
    const std::int64_t rows = design.array.rows * precision.parameters.group_size;
    const double tiles =
        quotient_up(gemm->k, rows) * quotient_up(gemm->filters(), design.array.columns);
    work += kTile * tiles;
    bytes += static_cast<double>(gemm->k * gemm->filters());
    if (experiment.run.fidelity == Fidelity::kData) {
      work += kDataMac * static_cast<double>(gemm->macs());
    }
  }
  return work +
         kBurst * bytes / static_cast<double>(std::max<std::int64_t>(1, design.dma.burst_bytes));
}

double plan_work(const Network& network, const PrecisionPlan& plan, const Experiment& experiment) {
  double work = 0.0;
  for (const Layer& layer : network.layers) {
    work += layer_work(network, layer, *precision_for(plan, layer.name).precision, experiment);
  }
  const std::int64_t batch = std::max<std::int64_t>(1, experiment.workload.batch);
  return work * std::max(1.0, quotient_up(experiment.workload.samples, batch));
}

}  // namespace

std::shared_ptr<const Network> PointWork::network(const Experiment& experiment) {
  Experiment shape;
  shape.workload = experiment.workload;
  shape.run.allow_unmodelled = experiment.run.allow_unmodelled;
  std::string key = arithmetic_configuration(shape, vocabulary_);
  if (shape.run.allow_unmodelled) key += "unmodelled";
  if (const auto known = networks_.find(key); known != networks_.end()) return known->second;
  auto& network = networks_[key];
  try {
    Network loaded = *load_workload(shape);
    for (Layer& layer : loaded.layers) {
      if (auto* gemm = std::get_if<Gemm>(&layer.operation)) gemm->weights = nullptr;
    }
    network = std::make_shared<const Network>(std::move(loaded));
  } catch (const std::exception&) {
    // Its points fail with the same error, which says more there.
  }
  return network;
}

double PointWork::estimate(const Experiment& experiment) {
  const auto loaded = network(experiment);
  if (!loaded) return 1.0;
  double work = kPoint + plan_work(*loaded, experiment.precision, experiment);
  if (experiment.baseline) work += kPoint + plan_work(*loaded, *experiment.baseline, experiment);
  return work;
}

}  // namespace systerm
