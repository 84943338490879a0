// SPDX-License-Identifier: Apache-2.0
// What an experiment file means: defaults, inheritance of precision rules, designs, overrides,
// files.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/design/load_design.h"
#include "model/design/load_experiment.h"
#include "tests/model/design/test_vocabulary.h"

namespace systerm {
namespace {

const std::string kMinimal = "systerm: 1\ndesign: tq_64x128\nworkload: {network: resnet18}\n";

Experiment parse(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return parse_experiment(text, "some/folder/minimal.yaml", test_vocabulary(), overrides);
}

TEST(Experiment, NeedsADesignAndAWorkloadOnly) {
  const Experiment experiment = parse(kMinimal);
  EXPECT_EQ(experiment.name, "minimal");
  EXPECT_EQ(experiment.design.name, "tq_64x128");
  EXPECT_EQ(experiment.workload.network, "resnet18");
  EXPECT_EQ(experiment.workload.batch, 1);
  EXPECT_EQ(experiment.precision.defaults, Precision{});
  EXPECT_FALSE(experiment.baseline.has_value());
  EXPECT_EQ(experiment.run.fidelity, Fidelity::kTiming);
}

TEST(Experiment, ReadsEveryKey) {
  const Experiment e = parse(R"(
systerm: 1
name: all
description: every key
design:
  name: own
  description: not shipped
  clock: 1.25 GHz
  array: {rows: 8, columns: 16, cell: tmac, dataflow: output_stationary, beat_sync: wavefront_maximum,
          skew: hop, sum_hop_cycles: 3, data_hop_cycles: 2, weight_sets: 1, max_group_size: 16}
  encoder: {lanes: 7, cycles_per_value: 5, comparator_cycles: 0}
  weight_loader: {cycles_per_row: 4}
  accumulators: {size: 64 KiB, slots: 3}
  vector_unit: {lanes: 9, cycles_per_word: 11, latency_cycles: 13}
  weight_buffer: {size: 2 MiB, banks: 1, bank_width: 32 B, ports: 1, latency_cycles: 5, slots: 4}
  data_buffer: {size: 3 MiB}
  operand_buffer: {size: 5 MiB}
  result_buffer: {size: 6 MiB}
  dma: {burst: 512 B, outstanding: 6}
  interconnect: {bytes_per_cycle: 16, latency_cycles: 10, arbitration: fixed_priority}
  dram: {size: 1 GiB, bandwidth: 25.6 GB/s, latency: 45 ns, access: 32 B, queue_depth: 12}
  precision_controller: {register_write_cycles: 7}
  command_processor: {descriptor_cycles: 17}
workload:
  gemms:
    - {name: first, m: 10, k: 20, n: 30}
    - {name: second, m: 1, k: 9, n: 1, groups: 32}
  weights: synthetic
  batch: 2
  samples: 6
precision:
  default: {format: term_quantized, encoding: booth4, weight_bits: 7, data_bits: 6, data_range: unsigned,
            group_size: 16, group_budget: 20, data_terms: 2, term_layout: indexed}
baseline: {precision: {default: {format: uniform}, layers: [{match: first, weight_bits: 4}]}}
mapping:
  - {match: first, vectors: 64, filters: 32, loop_order: weights_outer}
calibration: {rule: mean_squared_error, samples: 4}
run: {fidelity: data, seed: 99, allow_unmodelled: true, verify: true}
)");
  EXPECT_EQ(e.name, "all");
  EXPECT_EQ(e.description, "every key");
  EXPECT_EQ(e.design.name, "own");
  EXPECT_EQ(e.design.description, "not shipped");
  EXPECT_EQ(e.design.clock_hz, 1.25e9);
  EXPECT_EQ(e.design.array.rows, 8);
  EXPECT_EQ(e.design.array.columns, 16);
  EXPECT_EQ(e.design.array.dataflow, Dataflow::kOutputStationary);
  EXPECT_EQ(e.design.array.beat_sync, BeatSync::kWavefrontMaximum);
  EXPECT_EQ(e.design.array.skew, Skew::kHop);
  EXPECT_EQ(e.design.array.sum_hop_cycles, 3);
  EXPECT_EQ(e.design.array.data_hop_cycles, 2);
  EXPECT_EQ(e.design.array.weight_sets, 1);
  EXPECT_EQ(e.design.array.max_group_size, 16);
  EXPECT_EQ(e.design.encoder.lanes, 7);
  EXPECT_EQ(e.design.encoder.cycles_per_value, 5);
  EXPECT_EQ(e.design.encoder.comparator_cycles, 0);
  EXPECT_EQ(e.design.weight_loader.cycles_per_row, 4);
  EXPECT_EQ(e.design.accumulators.bytes, 64 << 10);
  EXPECT_EQ(e.design.accumulators.slots, 3);
  EXPECT_EQ(e.design.vector_unit.lanes, 9);
  EXPECT_EQ(e.design.vector_unit.cycles_per_word, 11);
  EXPECT_EQ(e.design.vector_unit.latency_cycles, 13);
  EXPECT_EQ(e.design.weight_buffer.bytes, 2 << 20);
  EXPECT_EQ(e.design.weight_buffer.banks, 1);
  EXPECT_EQ(e.design.weight_buffer.bank_width_bytes, 32);
  EXPECT_EQ(e.design.weight_buffer.ports, 1);
  EXPECT_EQ(e.design.weight_buffer.latency_cycles, 5);
  EXPECT_EQ(e.design.weight_buffer.slots, 4);
  EXPECT_EQ(e.design.data_buffer.bytes, 3 << 20);
  EXPECT_EQ(e.design.operand_buffer.bytes, 5 << 20);
  EXPECT_EQ(e.design.result_buffer.bytes, 6 << 20);
  EXPECT_EQ(e.design.dma.burst_bytes, 512);
  EXPECT_EQ(e.design.dma.outstanding, 6);
  EXPECT_EQ(e.design.interconnect.bytes_per_cycle, 16);
  EXPECT_EQ(e.design.interconnect.latency_cycles, 10);
  EXPECT_EQ(e.design.interconnect.arbitration, Arbitration::kFixedPriority);
  EXPECT_EQ(e.design.dram.bytes, 1 << 30);
  EXPECT_EQ(e.design.dram.bytes_per_second, 25.6e9);
  EXPECT_EQ(e.design.dram.latency_seconds, 45e-9);
  EXPECT_EQ(e.design.dram.access_bytes, 32);
  EXPECT_EQ(e.design.dram.queue_depth, 12);
  EXPECT_EQ(e.design.precision_controller.register_write_cycles, 7);
  EXPECT_EQ(e.design.command_processor.descriptor_cycles, 17);
  ASSERT_EQ(e.workload.gemms.size(), 2U);
  EXPECT_EQ(e.workload.gemms[0].name, "first");
  EXPECT_EQ(e.workload.gemms[0].m, 10);
  EXPECT_EQ(e.workload.gemms[0].k, 20);
  EXPECT_EQ(e.workload.gemms[0].n, 30);
  EXPECT_EQ(e.workload.gemms[0].groups, 1);
  EXPECT_EQ(e.workload.gemms[1].groups, 32);
  EXPECT_EQ(e.workload.batch, 2);
  EXPECT_EQ(e.workload.samples, 6);
  const FormatParameters& p = e.precision.defaults.parameters;
  EXPECT_EQ(p.encoding, Encoding::kBooth4);
  EXPECT_EQ(p.weight_bits, 7);
  EXPECT_EQ(p.data_bits, 6);
  EXPECT_EQ(p.data_range, DataRange::kUnsigned);
  EXPECT_EQ(p.group_size, 16);
  EXPECT_EQ(p.group_budget, 20);
  EXPECT_EQ(p.data_terms, 2);
  EXPECT_EQ(p.term_layout, TermLayout::kIndexed);
  ASSERT_TRUE(e.baseline.has_value());
  EXPECT_EQ(e.baseline->defaults.format, "uniform");
  EXPECT_EQ(e.baseline->layers.at(0).precision.parameters.weight_bits, 4);
  ASSERT_EQ(e.mapping.size(), 1U);
  EXPECT_EQ(e.mapping[0].vectors, 64);
  EXPECT_EQ(e.mapping[0].filters, 32);
  EXPECT_EQ(e.mapping[0].loop_order, LoopOrder::kWeightsOuter);
  EXPECT_EQ(e.calibration.scales.data, ScaleRule::kMeanSquaredError);
  EXPECT_EQ(e.calibration.samples, 4);
  EXPECT_EQ(e.run.fidelity, Fidelity::kData);
  EXPECT_EQ(e.run.seed, 99U);
  EXPECT_TRUE(e.run.allow_unmodelled);
  EXPECT_TRUE(e.run.verify);
}

TEST(Experiment, ARuleOfTheSameFormatInheritsFromTheDefault) {
  const Experiment experiment = parse(kMinimal + R"(
precision:
  default: {format: term_quantized, weight_bits: 6, group_budget: 20}
  layers: [{match: layer1.*, group_budget: 10}]
)");
  const FormatParameters& rule = experiment.precision.layers.at(0).precision.parameters;
  EXPECT_EQ(rule.weight_bits, 6);
  EXPECT_EQ(rule.group_budget, 10);
}

TEST(Experiment, ARuleOfAnotherFormatStartsFromTheDefaultsOfTheProgram) {
  const Experiment experiment = parse(kMinimal + R"(
precision:
  default: {format: term_quantized, weight_bits: 6, group_size: 4}
  layers: [{match: conv1, format: uniform, data_bits: 7}]
)");
  const Precision& rule = experiment.precision.layers.at(0).precision;
  EXPECT_EQ(rule.format, "uniform");
  EXPECT_EQ(rule.parameters.weight_bits, FormatParameters{}.weight_bits);
  EXPECT_EQ(rule.parameters.group_size, FormatParameters{}.group_size);
  EXPECT_EQ(rule.parameters.data_bits, 7);
}

TEST(Experiment, LaysKeysOverABaseDesign) {
  const Experiment experiment = parse(
      "systerm: 1\ndesign: {base: tq_64x128, array: {rows: 16}}\nworkload: {network: resnet18}\n");
  EXPECT_EQ(experiment.design.array.rows, 16);
  EXPECT_EQ(experiment.design.array.columns, 128);
}

TEST(Experiment, TakesTheLastOfSeveralOverrides) {
  const Experiment experiment =
      parse(kMinimal, {"design.array.rows=32", "design.clock=1 GHz", "design.array.rows=16",
                       "precision.default.group_budget=10", "name=other"});
  EXPECT_EQ(experiment.design.array.rows, 16);
  EXPECT_EQ(experiment.design.array.columns, 128);
  EXPECT_EQ(experiment.design.clock_hz, 1e9);
  EXPECT_EQ(experiment.precision.defaults.parameters.group_budget, 10);
  EXPECT_EQ(experiment.name, "other");
}

TEST(Experiment, AnOverrideMayChooseTheDesign) {
  const Experiment experiment = parse(
      kMinimal, {"design.array.rows=32", "design=pmac_64x128", "precision.default.format=uniform"});
  EXPECT_EQ(experiment.design.array.cell, "pmac");
  EXPECT_EQ(experiment.design.array.rows, 32);
}

TEST(Experiment, AnOverrideReachesIntoSequences) {
  const Experiment experiment =
      parse(kMinimal + "precision: {layers: [{match: conv1, format: uniform}]}\n",
            {"precision.layers[0].weight_bits=4"});
  EXPECT_EQ(experiment.precision.layers.at(0).precision.parameters.weight_bits, 4);
}

TEST(Experiment, OverridesOfADesignNameItsKeys) {
  const std::vector<std::string> overrides = {"array.columns=32"};
  EXPECT_EQ(load_design("tq_64x128", test_vocabulary(), overrides).array.columns, 32);
}

TEST(Experiment, LooksForFilesNextToItselfAndThenInTheCurrentDirectory) {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / "systerm_experiment_files";
  std::filesystem::create_directories(folder / "sub");
  std::ofstream(folder / "images.npy") << "x";
  std::ofstream(folder / "model.onnx") << "x";
  std::ofstream(folder / "sub" / "experiment.yaml")
      << "systerm: 1\ndesign: tq_64x128\n"
         "workload: {network: ../model.onnx, weights: file, data: ../images.npy, data_scale: "
         "0.5}\n";
  const Experiment experiment =
      load_experiment(folder / "sub" / "experiment.yaml", test_vocabulary());
  EXPECT_EQ(experiment.workload.data, folder / "images.npy");
  EXPECT_EQ(experiment.workload.network, (folder / "model.onnx").string());
  EXPECT_EQ(experiment.workload.weights, WeightSource::kFile);
  EXPECT_EQ(experiment.workload.data_scale, 0.5);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace systerm
