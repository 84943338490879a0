// SPDX-License-Identifier: Apache-2.0
// Joint optimisation on the training engine: the loop finds weights that pack and still answer.
#include "workloads/training/masked_training.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/workloads/training/digit_networks.h"

namespace systerm {
namespace {

constexpr std::uint64_t kBatch = 20;
constexpr double kLearningRate = 0.05;
const std::vector<std::string> kParameters = {"fc1.weight", "fc2.weight"};

std::unique_ptr<TrainingEngine> trained_engine(int iterations) {
  auto engine = test::make_engine(test::digit_network(kBatch, {.filters = 6, .hidden = 32}));
  for (int i = 0; i < iterations; ++i) {
    const auto batch = test::digit_batch(3, static_cast<std::uint64_t>(i) * kBatch, kBatch);
    engine->train(batch.samples, batch.labels, kLearningRate);
  }
  return engine;
}

/// Share of right answers of 400 other digits.
double accuracy(TrainingEngine& engine) {
  constexpr std::uint64_t kBatches = 20;
  std::size_t correct = 0;
  for (std::uint64_t i = 0; i < kBatches; ++i) {
    const auto batch = test::digit_batch(8, i * kBatch, kBatch);
    correct +=
        static_cast<std::size_t>(engine.evaluate(batch.samples, batch.labels, kBatch).correct);
  }
  return static_cast<double>(correct) / (kBatches * kBatch);
}

TEST(MaskedTraining, JointOptimisationKeepsTheAnswersThatPruningAtOnceLoses) {
  const PackingParameters packing{.alpha = 8, .gamma = 0.5};
  const auto pruned_engine = trained_engine(150);
  const double dense = accuracy(*pruned_engine);
  MaskedTraining pruning(*pruned_engine, kParameters);
  std::vector<SparseLayer> pruned = pruning.layers(packing);
  optimise_jointly(pruned, {});
  pruning.apply(pruned);
  const double at_once = accuracy(*pruned_engine);

  const auto engine = trained_engine(150);
  MaskedTraining training(*engine, kParameters);
  std::vector<SparseLayer> layers = training.layers(packing);
  std::uint64_t next = 5000;
  optimise_jointly(layers, {.points = 5}, [&](const PrunePoint&, std::span<SparseLayer> sparse) {
    for (int i = 0; i < 30; ++i, ++next) {
      const auto batch = test::digit_batch(3, next * kBatch, kBatch);
      training.train(sparse, batch.samples, batch.labels, kLearningRate);
    }
  });
  training.apply(layers);
  const double jointly = accuracy(*engine);
  SCOPED_TRACE(testing::Message() << "dense " << dense << ", at once " << at_once << ", jointly "
                                  << jointly);
  EXPECT_GT(dense, 0.9);
  EXPECT_LT(at_once, dense - 0.05);
  EXPECT_GT(jointly, at_once + 0.05);
  EXPECT_GT(jointly, 0.85);
  for (const SparseLayer& layer : layers) {
    EXPECT_EQ(layer.packed->unpacked(), layer.masked_weights()) << layer.name;
  }
}

TEST(MaskedTraining, MaskedWeightsKeepTheirValuesAndTakeNoPart) {
  const auto engine = trained_engine(3);
  MaskedTraining training(*engine, {"fc1.weight"});
  std::vector<SparseLayer> layers = training.layers({});
  SparseLayer& layer = layers.front();
  EXPECT_EQ(layer.rows, 32U);
  EXPECT_EQ(layer.columns, 6U * 36U);
  for (std::size_t i = 0; i < layer.mask.size(); i += 3) layer.mask[i] = 0;
  const std::vector<float> before = layer.weights;
  const auto batch = test::digit_batch(3, 900, kBatch);
  training.train(layers, batch.samples, batch.labels, kLearningRate);
  std::size_t changed = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (layer.mask[i] == 0) {
      EXPECT_EQ(layer.weights[i], before[i]);
    } else {
      changed += layer.weights[i] != before[i];
    }
  }
  EXPECT_GT(changed, 1000U);
  // With all of a layer masked its input changes no answer.
  layer.mask.assign(layer.mask.size(), 0);
  training.apply(layers);
  EXPECT_NEAR(accuracy(*engine), 0.1, 0.03);
}

TEST(MaskedTraining, RefusesWhatIsNoMatrixOfTheNetwork) {
  const auto engine = trained_engine(0);
  EXPECT_THROW(MaskedTraining(*engine, {"fc9.weight"}), std::invalid_argument);
  EXPECT_THROW(MaskedTraining(*engine, {"fc1.bias"}), std::invalid_argument);
}

}  // namespace
}  // namespace systerm
