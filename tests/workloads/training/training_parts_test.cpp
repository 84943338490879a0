// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <cmath>
#include <stdexcept>

#include <gtest/gtest.h>

#include "workloads/training/cross_entropy.h"
#include "workloads/training/learning_rate.h"
#include "workloads/training/optimizer.h"
#include "workloads/training/worker_pool.h"

namespace systerm {
namespace {

TEST(LearningRate, StepsAfterWholeEpochs) {
  const LearningRate rate{
      .base = 0.5, .schedule = RateSchedule::kStep, .step_epochs = 2, .factor = 0.1};
  EXPECT_DOUBLE_EQ(rate.at(0, 100, 10), 0.5);
  EXPECT_DOUBLE_EQ(rate.at(19, 100, 10), 0.5);
  EXPECT_DOUBLE_EQ(rate.at(20, 100, 10), 0.05);
  EXPECT_DOUBLE_EQ(rate.at(40, 100, 10), 0.005);
}

TEST(LearningRate, CosineFallsFromTheBaseToTheMinimum) {
  const LearningRate rate{.base = 1.0, .schedule = RateSchedule::kCosine, .minimum = 0.2};
  EXPECT_DOUBLE_EQ(rate.at(0, 100, 10), 1.0);
  EXPECT_NEAR(rate.at(50, 100, 10), 0.6, 1e-12);
  EXPECT_NEAR(rate.at(100, 100, 10), 0.2, 1e-12);
}

TEST(Optimizer, SgdWithMomentumAndDecayByHand) {
  const auto sgd = make_optimizer("sgd", {.momentum = 0.5, .weight_decay = 0.25});
  float parameter = 2.0F;
  float velocity = 1.0F;
  float* const states[] = {&velocity};
  const float gradient[] = {3.0F};
  sgd->update(gradient, &parameter, states, 0.5, 1);
  EXPECT_EQ(velocity, 0.5F * 1.0F + (3.0F + 0.25F * 2.0F));
  EXPECT_EQ(parameter, 2.0F - 0.5F * velocity);
}

TEST(Optimizer, TheFirstStepOfAdamIsTheRateWhateverTheGradient) {
  const auto adam = make_optimizer("adam", {});
  for (const float g : {1e-3F, 1.0F, -500.0F}) {
    float parameter = 1.0F;
    float mean = 0.0F;
    float square = 0.0F;
    float* const states[] = {&mean, &square};
    const float gradient[] = {g};
    adam->update(gradient, &parameter, states, 0.01, 1);
    EXPECT_NEAR(parameter, g > 0 ? 0.99F : 1.01F, 1e-6F) << g;
  }
}

TEST(Optimizer, AnUnknownNameSuggestsTheNearest) {
  try {
    make_optimizer("adem", {});
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "unknown optimizer 'adem'; did you mean 'adam'?");
  }
}

TEST(CrossEntropy, OfEqualLogitsIsTheLogarithmOfTheClasses) {
  const std::vector<float> logits(8, 3.0F);
  const std::vector<std::int64_t> labels{0, 2};
  std::vector<float> gradient(8);
  const LossResult result = cross_entropy(logits, labels, 2, gradient.data());
  EXPECT_NEAR(result.loss, std::log(4.0), 1e-12);
  EXPECT_EQ(result.correct, 1);  // the first of equals
  EXPECT_FLOAT_EQ(gradient[0], (0.25F - 1.0F) / 2.0F);
  EXPECT_FLOAT_EQ(gradient[1], 0.25F / 2.0F);
}

TEST(CrossEntropy, RowsThatDoNotCountHaveNoPart) {
  const std::vector<float> logits{1.0F, 2.0F, 100.0F, -100.0F};
  const std::vector<std::int64_t> labels{1, 1};
  std::vector<float> gradient(4, 9.0F);
  const LossResult result = cross_entropy(logits, labels, 1, gradient.data());
  EXPECT_NEAR(result.loss, std::log1p(std::exp(-1.0)), 1e-12);
  EXPECT_EQ(gradient[2], 0.0F);
  EXPECT_EQ(gradient[3], 0.0F);
}

TEST(WorkerPool, DoesEveryPieceOnceAgainAndAgain) {
  WorkerPool workers(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::atomic<int>> counts(17);
    workers.run(17, [&](std::size_t piece) { ++counts[piece]; });
    for (const auto& count : counts) EXPECT_EQ(count, 1);
  }
}

TEST(WorkerPool, ThrowsWhatTheLowestPieceThrewAndWorksOn) {
  WorkerPool workers(2);
  EXPECT_THROW(workers.run(5,
                           [](std::size_t piece) {
                             if (piece == 3) throw std::out_of_range("3");
                             if (piece == 4) throw std::logic_error("4");
                           }),
               std::out_of_range);
  std::atomic<int> done{0};
  workers.run(4, [&](std::size_t) { ++done; });
  EXPECT_EQ(done, 4);
}

}  // namespace
}  // namespace systerm
