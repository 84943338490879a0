// SPDX-License-Identifier: Apache-2.0
#include "model/training/load_training.h"

#include <algorithm>
#include <filesystem>

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
