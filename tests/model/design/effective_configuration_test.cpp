// SPDX-License-Identifier: Apache-2.0
#include "model/design/effective_configuration.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/design/content_hash.h"
#include "model/design/load_experiment.h"
#include "tests/model/design/test_vocabulary.h"

namespace systerm {
namespace {

Experiment parse(const std::string& text) {
  return parse_experiment(text, "some.yaml", test_vocabulary());
}

const std::string kText = R"(systerm: 1
name: "a: name, quoted"
design: tq_64x128
workload: {network: resnet18}
precision:
  default: {format: term_quantized}
  layers: [{match: "*.conv?", format: uniform}]
mapping: [{match: fc, filters: 32}]
)";

TEST(EffectiveConfiguration, WritesEveryKeyWithItsUnit) {
  const std::string text = effective_configuration(parse(kText), test_vocabulary());
  EXPECT_EQ(text.substr(text.find("workload:")), R"(workload:
  network: resnet18
  weights: synthetic
  batch: 1
  samples: 0
precision:
  default:
    format: term_quantized
    encoding: hese
    weight_bits: 8
    data_bits: 8
    data_range: signed
    group_size: 8
    group_budget: 12
    data_terms: 3
    term_layout: end_of_value
  layers:
    - match: "*.conv?"
      format: uniform
      weight_bits: 8
      data_bits: 8
      data_range: signed
      group_size: 8
mapping:
  - match: fc
    vectors: 0
    filters: 32
    loop_order: automatic
calibration:
  rule: maximum
  weight_rule: maximum
  weight_scales: per_tensor
  first_sample: 0
  samples: 1
run:
  fidelity: timing
  seed: 1
  allow_unmodelled: false
  verify: false
)");
  EXPECT_THAT(text, testing::HasSubstr("name: \"a: name, quoted\"\n"));
  EXPECT_THAT(text, testing::HasSubstr("  clock: 500 MHz\n"));
  EXPECT_THAT(text, testing::HasSubstr("    bandwidth: 12.8 GB/s\n    latency: 60 ns\n"));
  EXPECT_THAT(text, testing::HasSubstr("  accumulators:\n    size: 1 MiB\n    slots: 2\n"));
}

TEST(EffectiveConfiguration, ReadsBackAsTheSameExperiment) {
  const Vocabulary vocabulary = test_vocabulary();
  Experiment experiment = parse(kText);
  experiment.design.clock_hz = 1e9 / 3.0;
  experiment.design.dram.latency_seconds = 1.0 / 3e7;
  experiment.design.dram.bytes_per_second = 7e9 / 3.0;
  experiment.design.dram.bytes = (std::int64_t{1} << 30) + 1;
  experiment.design.array.skew = Skew::kHop;
  experiment.design.array.sum_hop_cycles = 5;
  experiment.baseline.emplace();
  experiment.baseline->defaults.format = "uniform";
  experiment.description = "true";
  const std::string text = effective_configuration(experiment, vocabulary);
  const Experiment again = parse(text);
  EXPECT_EQ(effective_configuration(again, vocabulary), text);
  EXPECT_EQ(again.name, experiment.name);
  EXPECT_EQ(again.description, "true");
  EXPECT_EQ(again.design.clock_hz, experiment.design.clock_hz);
  EXPECT_EQ(again.design.dram.latency_seconds, experiment.design.dram.latency_seconds);
  EXPECT_EQ(again.design.dram.bytes_per_second, experiment.design.dram.bytes_per_second);
  EXPECT_EQ(again.design.dram.bytes, experiment.design.dram.bytes);
  EXPECT_EQ(again.design.array.sum_hop_cycles, 5);
  EXPECT_EQ(again.precision.defaults, experiment.precision.defaults);
  EXPECT_EQ(again.precision.layers.at(0).match, "*.conv?");
  EXPECT_EQ(again.precision.layers.at(0).precision, experiment.precision.layers.at(0).precision);
  ASSERT_TRUE(again.baseline.has_value());
  EXPECT_EQ(again.baseline->defaults, experiment.baseline->defaults);
  EXPECT_EQ(again.mapping.at(0).filters, 32);
}

// Draft of the FNV authors (draft-eastlake-fnv), appendix with test vectors of 128 bits.
TEST(ContentHash, IsFnv1a) {
  EXPECT_EQ(content_hash(""), "6c62272e07bb014262b821756295c58d");
  EXPECT_EQ(content_hash("a"), "d228cb696f1a8caf78912b704e4a8964");
}

TEST(ConfigurationHash, ChangesWithAnyValueAndOnlyThen) {
  const Vocabulary vocabulary = test_vocabulary();
  const Experiment experiment = parse(kText);
  const std::string hash = configuration_hash(experiment, vocabulary);
  EXPECT_EQ(hash.size(), 32U);
  EXPECT_EQ(configuration_hash(parse("# the same\n" + kText), vocabulary), hash);
  Experiment other = experiment;
  other.run.seed = 2;
  EXPECT_NE(configuration_hash(other, vocabulary), hash);
  other = experiment;
  other.design.result_buffer.latency_cycles += 1;
  EXPECT_NE(configuration_hash(other, vocabulary), hash);
}

}  // namespace
}  // namespace systerm
