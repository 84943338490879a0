// SPDX-License-Identifier: Apache-2.0
// SCALE-Sim v2 and v3 (github.com/scalesim-project): a configuration in INI form, a topology in
// CSV.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "model/interchange/exporter.h"

namespace systerm {
namespace {

/// Its names stand between commas.
std::string csv_name(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == ',' || c == '\n' || c == '"'; }, '_');
  return name;
}

std::string topology(const Network& network) {
  std::string text = "Layer,M,N,K,\n";
  for (const ExportedProduct& each : products_of(network)) {
    const Gemm& gemm = *each.gemm;
    for (std::int64_t group = 0; group < gemm.groups; ++group) {
      const std::string name =
          gemm.groups == 1 ? each.name : fmt::format("{}.group{}", each.name, group);
      text += fmt::format("{},{},{},{},\n", csv_name(name), gemm.m, gemm.n, gemm.k);
    }
  }
  return text;
}

std::int64_t kibibytes(std::int64_t bytes) { return std::max<std::int64_t>(1, bytes / 1024); }

std::string configuration(const Experiment& experiment) {
  const Design& design = experiment.design;
  const bool holds_weights = design.array.dataflow == Dataflow::kWeightStationary;
  const double words = std::floor(design.dram.bytes_per_second / design.clock_hz);
  return fmt::format(
      "[general]\n"
      "run_name = {}\n\n"
      "[architecture_presets]\n"
      "ArrayHeight: {}\n"
      "ArrayWidth: {}\n"
      "IfmapSramSzkB: {}\n"
      "FilterSramSzkB: {}\n"
      "OfmapSramSzkB: {}\n"
      "IfmapOffset: 0\n"
      "FilterOffset: 10000000\n"
      "OfmapOffset: 20000000\n"
      "Bandwidth: {}\n"
      "Dataflow: {}\n"
      "MemoryBanks: 1\n\n"
      "[run_presets]\n"
      "InterfaceBandwidth: USER\n",
      experiment.name, design.array.rows, design.array.columns, kibibytes(design.data_buffer.bytes),
      kibibytes(design.weight_buffer.bytes), kibibytes(design.accumulators.bytes),
      std::max(1.0, words), holds_weights ? "ws" : "os");
}

}  // namespace

std::vector<ExportedFile> export_to_scale_sim(const Experiment& experiment,
                                              const Network& network) {
  return {{"scale.cfg", configuration(experiment)}, {"topology.csv", topology(network)}};
}

}  // namespace systerm
