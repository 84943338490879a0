// SPDX-License-Identifier: Apache-2.0
// Column combining while training, as runs of drawn digits: against the loop of the library,
// stopped and killed at every stage, and the network that comes out packed.
#include "model/training/joint_training.h"

#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/training/load_training.h"
#include "tests/model/training/training_folder.h"
#include "workloads/import/onnx.h"
#include "workloads/sparsity/weight_file.h"
#include "workloads/training/batch_order.h"
#include "workloads/training/initial_weights.h"
#include "workloads/training/masked_training.h"
#include "workloads/zoo/load_network.h"
#include "workloads/zoo/network_zoo.h"

namespace systerm {
namespace {

using test::complete;
using test::Folder;
using test::ignore;
using test::never;
using test::run_part;
using testing::HasSubstr;

const std::string kNetwork = SYSTERM_SOURCE_DIR "/configs/data/digits/network.onnx";
const std::string kFp32 = "{format: fp32}";
const std::string kBfp =
    "{format: bfp, policy: adaptive, threshold_start: 0.4, threshold_fall: 0.2, cadence: 3, "
    "rounding: {weights: stochastic, activations: stochastic, gradients: stochastic}}";
constexpr std::int64_t kEpochIterations = 20;

/// An epoch dense, three rounds of one, one of fine tuning: 100 iterations.
TrainingExperiment experiment(const std::string& precision,
                              const std::vector<std::string>& overrides = {}) {
  return parse_training(
      "systerm: 1\n"
      "network: " +
          kNetwork +
          "\n"
          "data:\n"
          "  training: {drawn_digits: 400, seed: 3}\n"
          "  test: {drawn_digits: 130, seed: 1}\n"
          "  scale: 0.00392156862745098\n"
          "training:\n"
          "  batch: 20\n"
          "  momentum: 0.9\n"
          "  learning_rate: {base: 0.05, schedule: cosine}\n"
          "precision: " +
          precision +
          "\n"
          "column_combining:\n"
          "  rounds: 3\n"
          "  fine_tuning_epochs: 1\n"
          "  layers:\n"
          "    - {match: conv1, method: none, prune: 0.1}\n",
      "digits.yaml", network_names(), overrides);
}

const std::vector<const char*> kResults = {training_file::kHistory, training_file::kNetwork,
                                           training_file::kPacked, training_file::kResult,
                                           training_file::kCheckpoint};

void expect_same_bytes(const Folder& a, const Folder& b) {
  for (const char* file : kResults) {
    EXPECT_FALSE(a.text(file).empty()) << file;
    EXPECT_TRUE(a.text(file) == b.text(file)) << file;
  }
}

TEST(JointTraining, IsTheLoopOfTheLibrary) {
  const TrainingExperiment trained = experiment(kFp32);
  const Folder folder;
  TrainingRun run(trained, folder.path(), 1);
  ASSERT_TRUE(run.run(ignore, never));

  const Graph graph = with_initial_weights(import_onnx(kNetwork, {.batch = 20}), 1, true);
  TrainingEngine engine(graph, make_optimizer("sgd", trained.training.parameters),
                        std::make_unique<FloatProducts>(), 1);
  const Shape input{20, 1, 12, 12};
  const LabelledSamples samples = load_samples(trained.data.training, trained.data, input, 10);
  const auto train_epoch = [&] {
    const std::int64_t epoch = engine.iteration() / kEpochIterations;
    const std::vector<std::size_t> order = epoch_order(samples.count(), 1, epoch);
    for (std::size_t i = 0; i < order.size(); i += 20) {
      const SampleBatch batch = make_batch(samples, std::span(order).subspan(i, 20), 20);
      engine.train(batch.values, batch.labels,
                   trained.training.learning_rate.at(engine.iteration(), 100, kEpochIterations));
    }
  };
  train_epoch();
  const std::vector<std::string> names = {"conv2", "logits"};
  std::vector<SparseLayer> layers = sparse_layers(engine, names, {});
  const std::vector<std::string> first = {"conv1"};
  std::vector<SparseLayer> pruned = sparse_layers(engine, first, {});
  pruned.front().combines = false;
  optimise_jointly(layers, {.points = 3}, [&](const PrunePoint& point, std::span<SparseLayer> all) {
    prune_and_pack(PruningSchedule{0.1, 3}.rate(point.number), pruned.front());
    apply_masks(all, engine);
    apply_masks(pruned, engine);
    train_epoch();
    if (point.number == point.points) train_epoch();
    take_trained(engine, all);
    take_trained(engine, pruned);
  });
  for (const char* name : {"conv1", "conv2", "logits"}) {
    EXPECT_TRUE(std::ranges::equal(run.engine().weights(name).values, engine.weights(name).values))
        << name;
  }
}

TEST(JointTraining, ReportsEveryRoundAndWhatIsLeft) {
  const Folder folder;
  const auto result = complete(experiment(kFp32), folder);
  const auto& combining = result["column_combining"];
  ASSERT_EQ(combining["rounds"].size(), 3U);
  std::int64_t left = combining["weights"];
  for (const auto& round : combining["rounds"]) {
    EXPECT_LT(round["nonzeros"], left);
    left = round["nonzeros"];
    EXPECT_LT(round["packed_columns"], round["columns"]);
    EXPECT_GT(round["retrained"]["test_accuracy"], 0.1);
  }
  EXPECT_EQ(combining["rounds"][1]["before"], combining["rounds"][0]["retrained"]);
  EXPECT_EQ(combining["rounds"][0]["epoch"], 1);
  EXPECT_EQ(combining["nonzeros"], left);
  EXPECT_EQ(combining["layers"][0]["method"], "none");
  EXPECT_EQ(combining["layers"][0]["packed_columns"], combining["layers"][0]["columns"]);
  EXPECT_EQ(result["epochs"], 5);
  EXPECT_FALSE(result["history"][0].contains("round"));
  EXPECT_EQ(result["history"][1]["round"], 1);
  EXPECT_EQ(result["history"][4]["round"], 3);
  const std::string history = folder.text(training_file::kHistory);
  EXPECT_THAT(history, HasSubstr(",cycles,round,nonzeros,packed_columns,efficiency\n"));
  EXPECT_THAT(history, testing::ContainsRegex("\n20,1,[^\n]*,0,,,\n21,2,[^\n]*,1,[0-9]+,[0-9]+,0"));
}

TEST(JointTraining, TheNetworkThatIsWrittenPacksIntoTheGroupsWithoutAnyLoss) {
  const Folder folder;
  const auto result = complete(experiment(kFp32), folder);
  const Network dense = load_network((folder.path() / training_file::kNetwork).string(), 1);
  const Network packed = with_groups_of(dense, folder.path() / training_file::kPacked);
  for (std::size_t i = 0; i < packed.layers.size(); ++i) {
    const Gemm* gemm = packed.layers[i].gemm();
    if (gemm == nullptr) continue;
    const auto reported = std::ranges::find_if(
        result["column_combining"]["layers"],
        [&](const auto& layer) { return layer["name"] == packed.layers[i].name; });
    const auto nonzeros = std::ssize(*gemm->weights) - std::ranges::count(*gemm->weights, 0.0F);
    EXPECT_EQ(nonzeros, (*reported)["nonzeros"]);
    EXPECT_EQ(*gemm->weights, *dense.layers[i].gemm()->weights);
    EXPECT_EQ(gemm->packed == nullptr, packed.layers[i].name == "conv1");
    if (!gemm->packed) continue;
    EXPECT_EQ(gemm->packed->nonzeros_pruned, 0);
    EXPECT_EQ(gemm->packed->packed_columns(), (*reported)["packed_columns"]);
  }
  // The same archive also gives weights and biases to a network that has none of these.
  const Network given = with_weights_of(dense, folder.path() / training_file::kPacked);
  for (std::size_t i = 0; i < given.layers.size(); ++i) {
    if (given.layers[i].gemm() == nullptr) continue;
    EXPECT_EQ(*given.layers[i].gemm()->weights, *dense.layers[i].gemm()->weights);
    EXPECT_EQ(given.layers[i].gemm()->bias, dense.layers[i].gemm()->bias);
  }
}

class JointTrainingIn : public testing::TestWithParam<std::string> {};

TEST_P(JointTrainingIn, StoppedAtAnyStageItContinuesToTheSameBytes) {
  const Folder whole;
  const Folder parts;
  complete(experiment(GetParam()), whole);
  // In the dense epoch, before the first prune point, after its first iteration, in the middle of
  // the second round, before the third, in fine tuning.
  for (const int iterations : {7, 13, 1, 30, 9, 25}) {
    run_part(experiment(GetParam()), parts, iterations);
  }
  EXPECT_EQ(TrainingRun(experiment(GetParam()), parts.path(), 1).stage(), "fine tuning");
  complete(experiment(GetParam()), parts);
  expect_same_bytes(whole, parts);
}

TEST_P(JointTrainingIn, KilledAtAnyStageItRepeatsWhatWasLostToTheSameBytes) {
  const std::vector<std::string> often{"run.checkpoint_iterations=8"};
  const Folder whole;
  const Folder killed;
  complete(experiment(GetParam(), often), whole);
  struct Kill {};
  const auto kill_after = [&](std::int64_t iteration) {
    TrainingRun run(experiment(GetParam(), often), killed.path(), 1);
    // Leaves as a kill does: no checkpoint is written on the way out.
    EXPECT_THROW(run.run(
                     [&](const TrainingProgress& progress) {
                       if (progress.iteration == iteration) throw Kill();
                     },
                     never),
                 Kill);
    return TrainingRun(experiment(GetParam(), often), killed.path(), 1);
  };
  EXPECT_EQ(kill_after(20).done(), 16);  // before a prune point
  const TrainingRun pruned = kill_after(21);
  EXPECT_EQ(pruned.done(), 20);  // every prune point is kept
  EXPECT_EQ(pruned.stage(), "round 1 of 3");
  const TrainingRun retraining = kill_after(53);
  EXPECT_EQ(retraining.done(), 48);  // in the middle of a retraining epoch
  EXPECT_EQ(retraining.stage(), "round 2 of 3");
  EXPECT_EQ(kill_after(95).stage(), "fine tuning");
  complete(experiment(GetParam(), often), killed);
  expect_same_bytes(whole, killed);
}

TEST_P(JointTrainingIn, ThreadsChangeNoByte) {
  const Folder one;
  const Folder three;
  complete(experiment(GetParam()), one, 1);
  complete(experiment(GetParam()), three, 3);
  expect_same_bytes(one, three);
}

INSTANTIATE_TEST_SUITE_P(Formats, JointTrainingIn, testing::Values(kFp32, kBfp),
                         [](const auto& format) { return format.param == kFp32 ? "fp32" : "bfp"; });

TEST(JointTraining, PruningAtTheEndIsReportedAsTheNetworkThatIsLeft) {
  const Folder folder;
  const auto result =
      complete(experiment(kFp32, {"column_combining.rounds=1", "column_combining.dense_epochs=3",
                                  "column_combining.retraining_epochs=0",
                                  "column_combining.fine_tuning_epochs=0"}),
               folder);
  const auto& round = result["column_combining"]["rounds"][0];
  EXPECT_TRUE(round["retrained"].is_null());
  EXPECT_EQ(result["test_accuracy"], round["after"]["test_accuracy"]);
  EXPECT_EQ(result["test_accuracy"], result["float_test_accuracy"]);
  EXPECT_LT(result["test_accuracy"], round["before"]["test_accuracy"]);
}

TEST(JointTraining, ARuleThatMatchesNoLayerNamesTheNearestOne) {
  const Folder folder;
  try {
    TrainingRun(experiment(kFp32, {"column_combining.layers=[{match: con1, alpha: 2}]"}),
                folder.path(), 1);
    FAIL();
  } catch (const GraphError& error) {
    EXPECT_STREQ(error.what(),
                 "column_combining.layers: no layer with weights matches\n"
                 "  'con1': did you mean 'conv1'?");
  }
}

}  // namespace
}  // namespace systerm
