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
const std::vector<std::string> kLayers = {"fc1", "fc2"};

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
  std::vector<SparseLayer> pruned = sparse_layers(*pruned_engine, kLayers, packing);
  optimise_jointly(pruned, {});
  apply_masks(pruned, *pruned_engine);
  const double at_once = accuracy(*pruned_engine);

  const auto engine = trained_engine(150);
  std::vector<SparseLayer> layers = sparse_layers(*engine, kLayers, packing);
  std::uint64_t next = 5000;
  optimise_jointly(layers, {.points = 5}, [&](const PrunePoint&, std::span<SparseLayer> sparse) {
    apply_masks(sparse, *engine);
    for (int i = 0; i < 30; ++i, ++next) {
      const auto batch = test::digit_batch(3, next * kBatch, kBatch);
      engine->train(batch.samples, batch.labels, kLearningRate);
    }
    take_trained(*engine, sparse);
  });
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
  const std::vector<std::string> names = {"fc1"};
  std::vector<SparseLayer> layers = sparse_layers(*engine, names, {});
  SparseLayer& layer = layers.front();
  EXPECT_EQ(layer.rows, 32U);
  EXPECT_EQ(layer.columns, 6U * 36U);
  for (std::size_t i = 0; i < layer.mask.size(); i += 3) layer.mask[i] = 0;
  const std::vector<float> before = layer.weights;
  const auto batch = test::digit_batch(3, 900, kBatch);
  apply_masks(layers, *engine);
  engine->train(batch.samples, batch.labels, kLearningRate);
  take_trained(*engine, layers);
  std::size_t changed = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (layer.mask[i] == 0) {
      EXPECT_EQ(layer.weights[i], before[i]);
      EXPECT_EQ(engine->weights("fc1").values[i], 0.0F);
    } else {
      changed += layer.weights[i] != before[i];
    }
  }
  EXPECT_GT(changed, 1000U);
  // With all of a layer masked its input changes no answer.
  layer.mask.assign(layer.mask.size(), 0);
  apply_masks(layers, *engine);
  EXPECT_NEAR(accuracy(*engine), 0.1, 0.03);
}

TEST(MaskedTraining, WhatTheOptimizerCarriesDoesNotMoveAMaskedWeight) {
  // Momentum of the iterations before the mask, and Adam's moments after it.
  for (const char* optimizer : {"sgd", "adam"}) {
    const auto engine = test::make_engine(test::digit_network(kBatch, {.filters = 6, .hidden = 32}),
                                          optimizer, {.momentum = 0.9}, 2);
    const auto batch = test::digit_batch(3, 0, kBatch);
    for (int i = 0; i < 3; ++i) engine->train(batch.samples, batch.labels, 0.01);
    std::vector<SparseLayer> layers = sparse_layers(*engine, kLayers, {});
    for (std::size_t i = 0; i < layers[0].mask.size(); i += 2) layers[0].mask[i] = 0;
    apply_masks(layers, *engine);
    for (int i = 0; i < 3; ++i) engine->train(batch.samples, batch.labels, 0.01);
    const MatrixView trained = engine->weights("fc1");
    for (std::size_t i = 0; i < trained.values.size(); i += 2) ASSERT_EQ(trained.values[i], 0.0F);
  }
}

TEST(MaskedTraining, RefusesWhatIsNoLayerWithWeights) {
  const auto engine = trained_engine(0);
  for (const std::string name : {"fc9", "fc1.weight", "relu1"}) {
    EXPECT_THROW(sparse_layers(*engine, std::span(&name, 1), {}), std::out_of_range) << name;
  }
  EXPECT_THROW(engine->set_weights("fc1", {}, {}), std::invalid_argument);
}

}  // namespace
}  // namespace systerm
