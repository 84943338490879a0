// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "tests/model/cli/program.h"

namespace systerm {
namespace {

using test::Outcome;
using test::run_shell;
using test::systerm;
using testing::HasSubstr;

const std::string kDigits = SYSTERM_SOURCE_DIR "/configs/training/digits_adaptive.yaml";
// A tenth of the shipped run.
const std::string kShort =
    " --set data.training.drawn_digits=600 --set training.epochs=3 --set data.test.samples=200";

class Train : public testing::Test {
 protected:
  ~Train() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  std::string out() const { return " --out " + folder_; }

  const std::string folder_ = testing::TempDir() + "systerm_train_" + std::to_string(::getpid());
};

TEST_F(Train, ReportsEveryEpochWithItsPrecisionsAndWhereTheResultsAre) {
  const Outcome outcome = systerm("train " + kDigits + kShort + out());
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.output, HasSubstr("epoch 1 of 3: loss "));
  EXPECT_THAT(outcome.output, testing::ContainsRegex("  W [24]{3} A [24]{3} G [24]{3}\n"));
  EXPECT_THAT(outcome.output, HasSubstr("times fewer than always with 4 mantissa bits\n"));
  EXPECT_THAT(outcome.output, HasSubstr("results are in " + folder_ + "\n"));
}

TEST_F(Train, PrintsItsResultAsJson) {
  const nlohmann::json result = test::json_of("train --json " + kDigits + kShort + out());
  EXPECT_EQ(result["experiment"], "digits_adaptive");
  EXPECT_EQ(result["policy"], "adaptive");
  EXPECT_EQ(result["iterations"], 60);
  EXPECT_EQ(result["layers"].size(), 3U);
}

TEST_F(Train, WhatItTrainedCanBeEvaluatedAndRunWithTermQuantization) {
  const nlohmann::json trained = test::json_of("train --json " + kDigits + kShort + out());
  const std::string experiment = SYSTERM_SOURCE_DIR "/configs/experiments/digits.yaml";
  const std::string network = " --set workload.network=" + folder_ + "/network.onnx";
  const nlohmann::json evaluated =
      test::json_of("evaluate --json --no-layers --samples 200 " + experiment + network);
  EXPECT_NEAR(evaluated["float"]["top1"].get<double>(),
              trained["float_test_accuracy"].get<double>(), 0.006);
  const nlohmann::json run = test::json_of("run --json --no-baseline " + experiment + network +
                                           " --set run.fidelity=timing");
  EXPECT_GT(run["total"]["cycles"].get<int>(), 0);
}

TEST_F(Train, WhatItCombinedIsPackedAndRunsPacked) {
  // The three commands of docs/column_combining.md, on fewer digits.
  const std::string configs = SYSTERM_SOURCE_DIR "/configs/";
  const Outcome trained =
      systerm("train " + configs + "training/digits_combined.yaml" + out() +
              " --set data.training.drawn_digits=600 --set column_combining.rounds=3");
  EXPECT_EQ(trained.status, 0);
  EXPECT_THAT(trained.output, HasSubstr("\nround 3: "));
  EXPECT_THAT(trained.output, HasSubstr("weights are left, in "));
  std::ifstream file(folder_ + "/result.json");
  const nlohmann::json result = nlohmann::json::parse(file);
  const auto& conv2 = result["column_combining"]["layers"][1];

  const std::string archive = folder_ + "/packed.npz";
  const nlohmann::json packed =
      test::json_of("pack " + archive + ":conv2 --groups " + archive +
                    ":conv2.groups --json --picture " + folder_ + "/conv2.svg");
  EXPECT_EQ(packed["nonzeros_kept"], conv2["nonzeros"]);
  EXPECT_EQ(packed["packed_columns"], conv2["packed_columns"]);

  const std::string with_network =
      configs + "experiments/digits_packed.yaml --set workload.network=" + folder_ +
      "/network.onnx --set packing.groups=" + archive + " --set run.verify=true";
  const nlohmann::json run = test::json_of("run --json " + with_network);
  EXPECT_EQ(run["layers"][2]["packing"]["packed_columns"], conv2["packed_columns"]);
  EXPECT_EQ(run["layers"][2]["packing"]["nonzeros_pruned"], 0);
  const nlohmann::json evaluated =
      test::json_of("evaluate --json --no-layers --set workload.samples=1000 " + with_network);
  EXPECT_NEAR(evaluated["float"]["top1"].get<double>(), result["float_test_accuracy"].get<double>(),
              0.001);
}

TEST_F(Train, ControlCSavesACheckpointAndTheSameCommandContinues) {
  const std::string endless = "train " + kDigits + out() + " --set training.epochs=100000";
  const auto interrupted = [&] {
    return run_shell("'" SYSTERM_PROGRAM "' " + endless +
                     " 2>&1 & program=$!; sleep 0.4; kill -INT $program; wait $program");
  };
  const Outcome first = interrupted();
  EXPECT_EQ(first.status, 1);
  EXPECT_THAT(first.output, HasSubstr("stopping after this iteration"));
  EXPECT_THAT(first.output, HasSubstr("the same command continues from " + folder_));
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/checkpoint"));
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/history.csv"));
  EXPECT_THAT(interrupted().output, HasSubstr("continuing after iteration "));
}

TEST_F(Train, AnotherExperimentInTheSameFolderIsRefused) {
  EXPECT_EQ(systerm("train " + kDigits + kShort + out()).status, 0);
  const Outcome other =
      systerm("train " + kDigits + kShort + out() + " --set training.seed=9", true);
  EXPECT_EQ(other.status, 1);
  EXPECT_THAT(other.output, HasSubstr("belongs to another experiment"));
}

TEST_F(Train, AMistypedKeyIsAnErrorWithThePlaceAndTheNearestKey) {
  const Outcome outcome = systerm("train " + kDigits + " --set precision.polcy=fixed", true);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output,
              HasSubstr("--set precision.polcy: unknown key; did you mean 'policy'?"));
}

}  // namespace
}  // namespace systerm
