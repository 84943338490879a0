// SPDX-License-Identifier: Apache-2.0
// Timeloop (github.com/NVlabs/timeloop), files of version 0.4: products as problems of the
// dimensions G (groups), M, N and K; the array as a mesh of multipliers between buffers.
#include <cctype>
#include <cstdint>

#include <fmt/format.h>

#include "model/interchange/exporter.h"

namespace systerm {
namespace {

std::string file_name(std::string_view layer) {
  std::string name;
  for (const char c : layer) {
    const bool is_plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-';
    name += is_plain ? c : '_';
  }
  return name;
}

std::string problem(const Gemm& gemm) {
  return fmt::format(R"(problem:
  version: 0.4
  shape:
    name: grouped_gemm
    dimensions: [G, M, N, K]
    data_spaces:
      - name: Inputs
        projection: [[[G]], [[M]], [[K]]]
      - name: Weights
        projection: [[[G]], [[N]], [[K]]]
      - name: Outputs
        projection: [[[G]], [[M]], [[N]]]
        read_write: true
  instance: {{G: {}, M: {}, N: {}, K: {}}}
)",
                     gemm.groups, gemm.m, gemm.n, gemm.k);
}

struct Level {
  const char* name;
  const char* keeps;  ///< data spaces
  const char* bypasses;
  std::int64_t bytes;
  std::int64_t bytes_per_cycle;
  int value_bits;
};

std::string level_text(const Level& level) {
  const std::int64_t width = level.bytes_per_cycle * 8;
  return fmt::format(R"(  - !Component
    name: {}
    class: smartbuffer_SRAM
    attributes: {{depth: {}, width: {}, datawidth: {}}}
    constraints:
      dataspace: {{keep: [{}], bypass: [{}]}}
)",
                     level.name, level.bytes / level.bytes_per_cycle, width, level.value_bits,
                     level.keeps, level.bypasses);
}

std::int64_t bytes_per_cycle(const BufferConfig& buffer) {
  return std::int64_t{buffer.banks} * buffer.bank_width_bytes;
}

std::string architecture(const Experiment& experiment) {
  const Design& design = experiment.design;
  const FormatParameters& format = experiment.precision.defaults.parameters;
  const bool holds_weights = design.array.dataflow == Dataflow::kWeightStationary;
  const double memory_bits = design.dram.bytes_per_second / design.clock_hz * 8.0;
  std::string text =
      fmt::format(R"(architecture:
  version: 0.4
  nodes:
  - !Container
    name: system
    attributes: {{global_cycle_seconds: {}, technology: "{}nm"}}
  - !Component
    name: DRAM
    class: DRAM
    attributes: {{type: "LPDDR4", width: {}, datawidth: 8, read_bandwidth: {}, write_bandwidth: {}}}
)",
                  1.0 / design.clock_hz, design.technology ? design.technology->node_nm : 45.0,
                  design.dram.access_bytes * 8, memory_bits / 8.0, memory_bits / 8.0);
  text += level_text({"weight_buffer", "Weights", "Inputs, Outputs", design.weight_buffer.bytes,
                      bytes_per_cycle(design.weight_buffer), format.weight_bits});
  text += level_text({"data_buffer", "Inputs", "Weights, Outputs", design.data_buffer.bytes,
                      bytes_per_cycle(design.data_buffer), format.data_bits});
  text += level_text({"accumulators", "Outputs", "Weights, Inputs", design.accumulators.bytes,
                      std::int64_t{4} * design.array.columns, 32});
  return text +
         fmt::format(R"(  - !Container
    name: cell
    spatial: {{meshX: {}, meshY: {}}}
    constraints:
      spatial: {{permutation: [N, {}], split: 1, factors: [G=1, {}=1]}}
  - !Component
    name: cell_register
    class: storage
    subclass: aladdin_register
    attributes: {{depth: {}, width: {}, datawidth: {}}}
    constraints:
      dataspace: {{keep: [{}], bypass: [{}]}}
  - !Component
    name: mac
    class: intmac
    attributes: {{multiplier_width: {}, adder_width: 32}}
)",
                     design.array.columns, design.array.rows, holds_weights ? "K" : "M",
                     holds_weights ? "M" : "K", holds_weights ? design.array.weight_sets : 1,
                     holds_weights ? format.weight_bits : 32,
                     holds_weights ? format.weight_bits : 32, holds_weights ? "Weights" : "Outputs",
                     holds_weights ? "Inputs, Outputs" : "Inputs, Weights", format.weight_bits);
}

}  // namespace

std::vector<ExportedFile> export_to_timeloop(const Experiment& experiment, const Network& network) {
  std::vector<ExportedFile> files = {{"architecture.yaml", architecture(experiment)}};
  for (const ExportedProduct& each : products_of(network)) {
    files.push_back({fmt::format("problems/{}.yaml", file_name(each.name)), problem(*each.gemm)});
  }
  return files;
}

}  // namespace systerm
