// SPDX-License-Identifier: Apache-2.0
// Whole training runs on drawn digits, small enough to take a moment.
#include "model/training/training_run.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/training/load_training.h"
#include "tests/model/training/training_folder.h"
#include "workloads/execution/classification.h"
#include "workloads/execution/float_executor.h"
#include "workloads/import/onnx.h"
#include "workloads/zoo/load_network.h"
#include "workloads/zoo/network_zoo.h"

namespace systerm {
namespace {

using test::complete;
using test::Folder;
using test::ignore;
using test::never;
using test::run_part;

std::string experiment_text(const std::string& precision) {
  return "systerm: 1\n"
         "network: " SYSTERM_SOURCE_DIR
         "/configs/data/digits/network.onnx\n"
         "data:\n"
         "  training: {drawn_digits: 400, seed: 3}\n"
         "  test: {drawn_digits: 130, seed: 1}\n"
         "  scale: 0.00392156862745098\n"
         "training:\n"
         "  epochs: 3\n"
         "  batch: 20\n"
         "  learning_rate: {base: 0.05, schedule: cosine}\n"
         "precision: " +
         precision + "\n";
}

TrainingExperiment experiment(const std::string& precision,
                              const std::vector<std::string>& overrides = {}) {
  return parse_training(experiment_text(precision), "digits.yaml", network_names(), overrides);
}

const std::string kAdaptive =
    "{format: bfp, policy: adaptive, threshold_start: 0.4, threshold_fall: 0.2, cadence: 3}";
const std::string kLowTruncated =
    "{format: bfp, policy: fixed, weights: 2, activations: 2, gradients: 2, "
    "rounding: {weights: truncate, activations: truncate, gradients: truncate}}";

TEST(TrainingRun, WritesEverythingThatItPromises) {
  const Folder folder;
  const auto result = complete(experiment(kAdaptive), folder);
  for (const char* file : {training_file::kCheckpoint, training_file::kHistory,
                           training_file::kTrace, training_file::kPicture, training_file::kNetwork,
                           training_file::kResult, training_file::kExperiment}) {
    EXPECT_FALSE(folder.text(file).empty()) << file;
  }
  EXPECT_EQ(folder.text(training_file::kResult), result.dump(2) + "\n");
  EXPECT_EQ(result["iterations"], 60);
  EXPECT_EQ(result["history"].size(), 3);
  EXPECT_LT(result["passes"], result["high_passes"]);
  EXPECT_EQ(result["macs"]["weight_gradient"], result["macs"]["forward"]);
  const std::string history = folder.text(training_file::kHistory);
  EXPECT_EQ(std::ranges::count(history, '\n'), 61);
}

TEST(TrainingRun, FourBitsComeCloseToSinglePrecisionAndTwoTruncatedBitsDoNotLearn) {
  const auto accuracy = [](const std::string& precision) {
    const Folder folder;
    return complete(experiment(precision, {"training.epochs=8"}), folder)["test_accuracy"]
        .get<double>();
  };
  const double exact = accuracy("{format: fp32}");
  EXPECT_GT(exact, 0.8);
  EXPECT_GT(accuracy("{format: bfp, policy: fixed}"), exact - 0.1);
  EXPECT_LT(accuracy(kLowTruncated), exact - 0.3);
}

TEST(TrainingRun, ThreadsChangeNoByteOfTheResults) {
  const Folder one;
  const Folder three;
  complete(experiment(kAdaptive), one, 1);
  complete(experiment(kAdaptive), three, 3);
  for (const char* file : {training_file::kHistory, training_file::kTrace, training_file::kNetwork,
                           training_file::kResult, training_file::kCheckpoint}) {
    EXPECT_EQ(one.text(file), three.text(file)) << file;
  }
}

TEST(TrainingRun, StoppedAnywhereItContinuesToTheSameBytes) {
  for (const std::string& precision : {std::string("{format: fp32}"), kAdaptive}) {
    const Folder whole;
    const Folder parts;
    complete(experiment(precision), whole);
    run_part(experiment(precision), parts, 7);
    run_part(experiment(precision), parts, 20);
    run_part(experiment(precision), parts, 1);
    complete(experiment(precision), parts);
    for (const char* file : {training_file::kHistory, training_file::kNetwork,
                             training_file::kResult, training_file::kCheckpoint}) {
      EXPECT_EQ(whole.text(file), parts.text(file)) << precision << " " << file;
    }
  }
}

std::string revnet_text(const std::string& reversible, const std::string& precision) {
  return "systerm: 1\n"
         "network: revnet38\n"
         "extents:\n"
         "  - {name: units, extent: 1}\n"
         "  - {name: width1, extent: 8}\n"
         "  - {name: width2, extent: 8}\n"
         "  - {name: width3, extent: 16}\n"
         "  - {name: channels, extent: 1}\n"
         "  - {name: height, extent: 12}\n"
         "  - {name: width, extent: 12}\n"
         "data:\n"
         "  training: {drawn_digits: 300, seed: 3}\n"
         "  test: {drawn_digits: 100, seed: 1}\n"
         "  scale: 0.00392156862745098\n"
         "training: {epochs: 2, batch: 20, learning_rate: {base: 0.05}}\n"
         "precision: " +
         precision + "\n" + "reversible: " + reversible + "\n";
}

TrainingExperiment revnet(const std::string& reversible,
                          const std::string& precision = "{format: fp32}") {
  return parse_training(revnet_text(reversible, precision), "revnet.yaml", network_names());
}

const std::string kStream = "stream: {format: fixed, bits: 24, fraction_bits: 14}";

TEST(TrainingRun, SchedulesOfAReversibleNetworkTrainTheSameNetwork) {
  for (const char* precision : {"{format: fp32}", "{format: bfp, policy: fixed}"}) {
    const Folder stored;
    const auto wanted = complete(revnet("{schedule: stored, " + kStream + "}", precision), stored);
    EXPECT_EQ(wanted["reversible"]["macs_again"], 0);
    for (const char* schedule : {"checkpoint", "merged", "naive", "overlapped"}) {
      const Folder other;
      const auto result = complete(
          revnet(std::string("{schedule: ") + schedule + ", " + kStream + "}", precision), other);
      EXPECT_EQ(other.text(training_file::kNetwork), stored.text(training_file::kNetwork))
          << schedule;
      EXPECT_EQ(result["test_loss"], wanted["test_loss"]) << schedule;
      EXPECT_EQ(result["macs"], wanted["macs"]);
      EXPECT_GT(result["reversible"]["macs_again"], 0);
      EXPECT_EQ(result["reversible"]["differing"], 0);
      EXPECT_LT(result["reversible"]["activation_elements"],
                wanted["reversible"]["activation_elements"]);
    }
  }
}

TEST(TrainingRun, AReversibleRunThatWasStoppedContinuesToTheSameBytes) {
  const TrainingExperiment experiment = revnet("{schedule: merged, " + kStream + "}");
  const Folder whole;
  const Folder parts;
  complete(experiment, whole);
  run_part(experiment, parts, 5);
  run_part(experiment, parts, 12);
  complete(experiment, parts);
  for (const char* file : {training_file::kHistory, training_file::kNetwork, training_file::kResult,
                           training_file::kCheckpoint}) {
    EXPECT_EQ(whole.text(file), parts.text(file)) << file;
  }
  EXPECT_NE(whole.text(training_file::kHistory).find("stream_wrapped"), std::string::npos);
}

TEST(TrainingRun, MarkedBlocksThatCannotBeReversibleAreRefused) {
  const auto problem = [](const std::string& reversible) -> std::string {
    TrainingExperiment experiment = revnet(reversible);
    experiment.network = "resnet32";
    std::erase_if(experiment.extents, [](const ChosenExtent& extent) {
      return extent.name.starts_with("width") && extent.name != "width";
    });
    const Folder folder;
    try {
      const TrainingRun run(experiment, folder.path(), 1);
    } catch (const GraphError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(problem("{blocks: [{match: stage2.first.add}]}").find("stage2.first.add: it "),
            std::string::npos);
  EXPECT_NE(
      problem("{blocks: [{match: layer9.*}]}").find("no addition of 'resnet32' matches 'layer9.*'"),
      std::string::npos);
  EXPECT_NE(problem("{schedule: merged}").find("has no reversible blocks"), std::string::npos);
}

TEST(TrainingRun, KilledBetweenCheckpointsItRepeatsWhatWasLostToTheSameBytes) {
  const std::vector<std::string> often{"run.checkpoint_iterations=8"};
  const Folder whole;
  const Folder killed;
  complete(experiment(kAdaptive, often), whole);
  {
    TrainingRun run(experiment(kAdaptive, often), killed.path(), 1);
    int done = 0;
    struct Kill {};
    // Leaves as a kill does: no checkpoint is written on the way out.
    EXPECT_THROW(run.run(
                     [&](const TrainingProgress&) {
                       if (++done == 21) throw Kill();
                     },
                     never),
                 Kill);
  }
  EXPECT_EQ(TrainingRun(experiment(kAdaptive, often), killed.path(), 1).done(), 16);
  complete(experiment(kAdaptive, often), killed);
  EXPECT_EQ(whole.text(training_file::kResult), killed.text(training_file::kResult));
  EXPECT_EQ(whole.text(training_file::kCheckpoint), killed.text(training_file::kCheckpoint));
}

TEST(TrainingRun, ATruncatedCheckpointIsRefusedAndLeftAlone) {
  const Folder folder;
  run_part(experiment("{format: fp32}"), folder, 5);
  const std::string cut = folder.text(training_file::kCheckpoint).substr(0, 1000);
  std::ofstream(folder.path() / training_file::kCheckpoint, std::ios::binary) << cut;
  try {
    TrainingRun run(experiment("{format: fp32}"), folder.path(), 1);
    FAIL();
  } catch (const CheckpointError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("checkpoint is truncated or damaged (1000 bytes"));
  }
  EXPECT_EQ(folder.text(training_file::kCheckpoint), cut);
}

TEST(TrainingRun, ACheckpointOfAnotherExperimentIsRefused) {
  const Folder folder;
  run_part(experiment("{format: fp32}"), folder, 2);
  EXPECT_THROW(TrainingRun(experiment("{format: fp32}", {"training.seed=2"}), folder.path(), 1),
               CheckpointError);
}

TEST(TrainingRun, AnExplodingLossEndsItAndTheLastCheckpointStays) {
  const Folder folder;
  const std::vector<std::string> wild{"training.learning_rate.base=1000",
                                      "run.checkpoint_iterations=1"};
  TrainingRun run(experiment("{format: fp32}", wild), folder.path(), 1);
  std::string before;
  try {
    run.run([&](const TrainingProgress&) {},
            [&] {
              before = folder.text(training_file::kCheckpoint);
              return false;
            });
    FAIL();
  } catch (const TrainingError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("run.loss_limit"));
  }
  EXPECT_FALSE(before.empty());
  EXPECT_EQ(folder.text(training_file::kCheckpoint), before);
  EXPECT_FALSE(folder.text(training_file::kHistory).empty());
}

TEST(TrainingRun, AnExponentWindowThatIsExceededIsNamed) {
  // Pixels reach 1, whose exponent is 0.
  const Folder folder;
  TrainingRun run(experiment("{format: bfp, window: refuse, window_top: fixed, "
                             "top_exponents: {weights: 3, activations: -3, gradients: 3}}"),
                  folder.path(), 1);
  try {
    run.run(ignore, never);
    FAIL();
  } catch (const TrainingError& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("iteration 1: layer 'conv1', activations: "));
    EXPECT_THAT(error.what(), testing::EndsWith("no checkpoint was written yet"));
  }
}

TEST(TrainingRun, ATraceRepeatsTheRunThatItWasTakenFrom) {
  const Folder first;
  const Folder second;
  const auto result = complete(experiment(kAdaptive), first);
  const auto again = complete(experiment("{format: bfp, policy: trace, file: " +
                                         (first.path() / training_file::kTrace).string() + "}"),
                              second);
  EXPECT_EQ(result["passes"], again["passes"]);
  EXPECT_EQ(result["loss"], again["loss"]);
  EXPECT_EQ(first.text(training_file::kTrace), second.text(training_file::kTrace));
  EXPECT_EQ(first.text(training_file::kNetwork), second.text(training_file::kNetwork));
}

TEST(TrainingRun, TheNetworkItWritesAnswersAsTheEngineDoes) {
  const Folder folder;
  const TrainingExperiment trained = experiment("{format: fp32}");
  const auto result = complete(trained, folder);
  auto network = std::make_shared<const Network>(
      load_network((folder.path() / training_file::kNetwork).string(), 130));
  FloatExecutor executor(network);
  const LabelledSamples samples =
      load_samples(trained.data.test, trained.data, std::vector<std::int64_t>{130, 1, 12, 12}, 10);
  const std::vector<Tensor> inputs{{{130, 1, 12, 12}, samples.values}};
  const std::vector<Tensor> outputs = executor.run(inputs);
  const auto correct = count_correct(classify(outputs.front()), samples.labels);
  EXPECT_NEAR(static_cast<double>(correct) / 130.0, result["float_test_accuracy"].get<double>(),
              1.0 / 130.0);
}

}  // namespace
}  // namespace systerm
