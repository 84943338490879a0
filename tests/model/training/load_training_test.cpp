// SPDX-License-Identifier: Apache-2.0
#include "model/training/load_training.h"

#include <algorithm>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workloads/document/diagnostics.h"
#include "workloads/zoo/network_zoo.h"

namespace systerm {
namespace {

constexpr const char* kText =
    "systerm: 1\n"
    "network: lenet5\n"
    "data:\n"
    "  training: {drawn_digits: 100, seed: 3}\n"
    "  test: {drawn_digits: 50}\n"
    "training:\n"
    "  optimizer: adam\n"
    "precision:\n"
    "  format: bfp\n"
    "  policy: adaptive\n";

TrainingExperiment parse(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return parse_training(text, "run.yaml", network_names(), overrides);
}

std::string errors_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    parse(text, overrides);
  } catch (const DocumentError& error) {
    return error.what();
  }
  return "";
}

TEST(TrainingExperimentFile, FillsInDefaults) {
  const TrainingExperiment experiment = parse(kText);
  EXPECT_EQ(experiment.name, "run");
  EXPECT_EQ(experiment.precision.bfp.group.group_size, 16);
  EXPECT_EQ(experiment.precision.bfp.group.exponent_bits, 3);
  EXPECT_EQ(experiment.precision.parameters.threshold_start, 0.6);
  EXPECT_EQ(experiment.precision.parameters.threshold_fall, 0.3);
  EXPECT_EQ(experiment.precision.bfp.rounding[index(OperandKind::kGradients)],
            BfpRounding::kStochastic);
}

TEST(TrainingExperimentFile, TheEffectiveOneReadsBackAsItself) {
  const std::string text = effective_training(parse(kText));
  EXPECT_EQ(effective_training(parse(text)), text);
}

TEST(TrainingExperimentFile, OverridesLieOverItsKeys) {
  EXPECT_EQ(parse(kText, {"training.epochs=7"}).training.epochs, 7);
  EXPECT_EQ(errors_of(kText, {"training.epoch=7"}),
            "--set training.epoch: unknown key; did you mean 'epochs'?");
}

TEST(TrainingExperimentFile, ReportsAllErrorsWithTheirPlaces) {
  EXPECT_EQ(errors_of("systerm: 1\n"
                      "network: lenet6\n"
                      "data:\n"
                      "  training: {drawn_digits: 10, labels: x.npy}\n"
                      "training: {optimizer: sgd, beta1: 0.9, batch: 0}\n"
                      "precision:\n"
                      "  format: bfp\n"
                      "  policy: adaptve\n"
                      "  threshold_start: 1\n"
                      "  roundin: {weights: nearest}\n"),
            "run.yaml:2:10: network: unknown network 'lenet6'; did you mean 'lenet5'?\n"
            "run.yaml:4:3: data.test: needs images, or drawn_digits\n"
            "run.yaml:4:3: data.test: needs labels, or drawn_digits\n"
            "run.yaml:4:32: data.training.labels: has no effect with drawn_digits; remove it, or "
            "drawn_digits\n"
            "run.yaml:5:28: training.beta1: has no effect with optimizer: sgd\n"
            "run.yaml:5:47: training.batch: expected an integer from 1 to 65536; got '0'\n"
            "run.yaml:8:11: precision.policy: expected one of adaptive, fixed, layer_wise, "
            "temporal, trace; got 'adaptve' (did you mean 'adaptive'?)\n"
            "run.yaml:10:3: precision.roundin: unknown key; did you mean 'rounding'?");
}

TEST(TrainingExperimentFile, KeysOfAnotherPolicyOrFormatAreErrors) {
  EXPECT_NE(errors_of(kText, {"precision.policy=fixed", "precision.threshold_start=1"})
                .find("precision.threshold_start: has no effect with policy: fixed"),
            std::string::npos);
  EXPECT_NE(errors_of(kText, {"precision.format=fp32"})
                .find("precision.policy: has an effect with format: bfp only"),
            std::string::npos);
  EXPECT_NE(errors_of(kText, {"precision.policy=trace"})
                .find("precision: policy: trace needs file, the table of precisions"),
            std::string::npos);
}

TEST(TrainingExperimentFile, ColumnCombiningHasThePublishedDefaults) {
  const TrainingExperiment experiment = parse(kText + std::string("column_combining: {}\n"));
  ASSERT_TRUE(experiment.column_combining);
  const ColumnCombiningMethod& method = *experiment.column_combining;
  EXPECT_EQ(method.rounds, 10);
  EXPECT_EQ(method.packing.defaults.prune, 0.8);
  EXPECT_EQ(method.packing.defaults.prune_rule, PruneRule::kPublished);
  EXPECT_EQ(method.packing.defaults.parameters, PackingParameters{});
  EXPECT_EQ(experiment.epochs(), 1 + 10 + 10);
  const std::string text = effective_training(experiment);
  EXPECT_EQ(effective_training(parse(text)), text);
  EXPECT_FALSE(parse(kText).column_combining);
}

TEST(TrainingExperimentFile, ColumnCombiningReportsAllItsErrorsWithTheirPlaces) {
  EXPECT_EQ(
      errors_of(kText + std::string("column_combining:\n"
                                    "  algorithm: gredy\n"
                                    "  alpha: 300\n"
                                    "  gamma: -1\n"
                                    "  prune: .nan\n"
                                    "  roundz: 2\n"
                                    "  rounds: 0\n"
                                    "  layers:\n"
                                    "    - {match: conv1}\n"
                                    "    - {match: fc, method: none, alpha: 2}\n"),
                {"training.epochs=3"}),
      "run.yaml:12:14: column_combining.algorithm: expected one of dense_column_first, "
      "greedy; got 'gredy' (did you mean 'greedy'?)\n"
      "run.yaml:13:10: column_combining.alpha: expected an integer from 1 to 256; got '300'\n"
      "run.yaml:14:10: column_combining.gamma: expected a number from 0 to 1000000; got '-1'\n"
      "run.yaml:15:10: column_combining.prune: expected a number from 0 to 1; got '.nan'\n"
      "run.yaml:16:3: column_combining.roundz: unknown key; did you mean 'rounds'?\n"
      "run.yaml:17:11: column_combining.rounds: expected an integer from 1 to 1000; got '0'\n"
      "run.yaml:19:7: column_combining.layers[0]: the rule sets nothing; add a key beside "
      "match\n"
      "run.yaml:20:33: column_combining.layers[1].alpha: has no effect with method none; "
      "remove it, or choose a method\n"
      "--set training.epochs: has no effect with column_combining, whose epochs are "
      "dense_epochs + rounds x retraining_epochs + fine_tuning_epochs; remove it");
}

TEST(TrainingExperimentFile, ColumnCombiningThatContradictsItselfIsAnError) {
  const std::string text = kText + std::string("column_combining:\n  retraining_epochs: 0\n");
  EXPECT_EQ(errors_of(text),
            "run.yaml:12:22: column_combining.retraining_epochs: without training between them 10 "
            "rounds are one; set rounds: 1, or retraining_epochs");
  EXPECT_EQ(errors_of(text, {"column_combining.rounds=1"}), "");
  EXPECT_THAT(errors_of(text, {"column_combining.rounds=1", "column_combining.dense_epochs=0",
                               "column_combining.fine_tuning_epochs=0"}),
              testing::HasSubstr("nothing is trained"));
  EXPECT_THAT(errors_of(text, {"column_combining={method: none, prune: 0}"}),
              testing::HasSubstr("column_combining: no layer is pruned or combined"));
}

const std::string kReversible =
    "systerm: 1\n"
    "network: revnet38\n"
    "data: {training: {drawn_digits: 100}, test: {drawn_digits: 50}}\n"
    "reversible:\n"
    "  blocks: [{match: layer1.*}, {match: layer2.1.add}]\n"
    "  schedule: naive\n"
    "  stream: {format: fixed, bits: 20, fraction_bits: 10, rounding: stochastic}\n";

TEST(TrainingExperimentFile, ReversibleBlocksAreRead) {
  const TrainingReversible reversible = parse(kReversible).reversible.value();
  ASSERT_EQ(reversible.blocks.size(), 2U);
  EXPECT_EQ(reversible.blocks[1].match, "layer2.1.add");
  EXPECT_EQ(reversible.schedule, TrainingSchedule::kNaive);
  EXPECT_EQ(reversible.stream.bits, 20);
  EXPECT_EQ(reversible.stream.rounding, BfpRounding::kStochastic);
  const std::string text = effective_training(parse(kReversible));
  EXPECT_EQ(effective_training(parse(text)), text);
  EXPECT_NE(text.find("overflow: wrap"), std::string::npos) << text;
}

TEST(TrainingExperimentFile, WithoutReversibleBlocksNothingIsWrittenOfThem) {
  EXPECT_EQ(effective_training(parse(kText)).find("reversible"), std::string::npos);
}

TEST(TrainingExperimentFile, ReportsWhatIsWrongOfReversibleBlocks) {
  EXPECT_EQ(errors_of("systerm: 1\n"
                      "network: revnet38\n"
                      "data: {training: {drawn_digits: 100}, test: {drawn_digits: 50}}\n"
                      "reversible:\n"
                      "  schedule: mergd\n"
                      "  stream: {format: fixed, bits: 25, mantissa_bits: 3}\n"
                      "  chek: true\n"),
            "run.yaml:5:13: reversible.schedule: expected one of stored, checkpoint, merged, "
            "naive, overlapped; got 'mergd' (did you mean 'merged'?)\n"
            "run.yaml:6:33: reversible.stream.bits: expected an integer from 2 to 24; got '25'\n"
            "run.yaml:6:37: reversible.stream.mantissa_bits: has no effect with format: fixed\n"
            "run.yaml:7:3: reversible.chek: unknown key; did you mean 'check'?");
  EXPECT_EQ(errors_of("systerm: 1\n"
                      "network: revnet38\n"
                      "data: {training: {drawn_digits: 100}, test: {drawn_digits: 50}}\n"
                      "reversible: {schedule: stored, check: true}\n"),
            "run.yaml:4:32: reversible.check: has an effect with schedules merged, naive and "
            "overlapped only");
  EXPECT_EQ(
      errors_of("systerm: 1\n"
                "network: revnet38\n"
                "data: {training: {drawn_digits: 100}, test: {drawn_digits: 50}}\n"
                "reversible:\n"
                "  retention: {time: 77, macs_per_second: 1e12}\n"),
      "run.yaml:5:14: reversible.retention.bit_error_rate: missing key; expected a number from "
      "0 to 1\n"
      "run.yaml:5:21: reversible.retention.time: expected a time with its unit, such as 60 "
      "ns; got '77'");
  EXPECT_NE(errors_of("systerm: 1\nnetwork: revnet38\nreversible: true\n")
                .find("reversible: expected a mapping"),
            std::string::npos);
}

std::vector<std::string> shipped() {
  std::vector<std::string> files;
  for (const auto& file : std::filesystem::directory_iterator(
           std::filesystem::path(SYSTERM_SOURCE_DIR) / "configs" / "training")) {
    files.push_back(file.path().string());
  }
  std::ranges::sort(files);
  return files;
}

class ShippedTraining : public testing::TestWithParam<std::string> {};

/// Files that the repository does not hold may be missing, nothing else may be wrong.
TEST_P(ShippedTraining, CanBeRead) {
  try {
    const TrainingExperiment experiment = load_training(GetParam(), network_names());
    EXPECT_EQ(experiment.name, std::filesystem::path(GetParam()).stem().string());
  } catch (const DocumentError& error) {
    for (const Diagnostic& each : error.diagnostics()) {
      EXPECT_TRUE(each.message.starts_with("no such file; looked for '")) << each.text();
      EXPECT_NE(each.message.find("shared/data/mnist"), std::string::npos) << each.text();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Configs, ShippedTraining, testing::ValuesIn(shipped()),
                         [](const auto& file) {
                           return std::filesystem::path(file.param).stem().string();
                         });

}  // namespace
}  // namespace systerm
