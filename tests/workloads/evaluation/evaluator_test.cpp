// SPDX-License-Identifier: Apache-2.0
// A network over a data set against the reference executor, sample by sample.
#include "workloads/evaluation/evaluator.h"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>

#include "tests/workloads/execution/network_builder.h"
#include "workloads/data/synthetic.h"
#include "workloads/execution/classification.h"
#include "workloads/quantization/quantize.h"
#include "workloads/quantization/rebatch.h"

namespace systerm {
namespace {

using test::NetworkBuilder;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::int64_t kSamples = 37;

std::shared_ptr<const Network> small_network(std::int64_t images) {
  NetworkBuilder builder({.images = images, .height = 6, .width = 6, .channels = 3});
  const FeatureId first = builder.convolution(
      builder.input(),
      {.filters = 16, .window = test::square_window(3, 1, 1), .steps = {test::relu()}});
  const FeatureId second = builder.convolution(
      first, {.filters = 16, .window = {}, .steps = {test::add(1)}, .operands = {first}});
  const FeatureId mean =
      builder.pool(second, {.kind = Pool::Kind::kAverage, .window = test::square_window(2, 2)});
  return builder.build({builder.linear(mean, 8)});
}

Dataset samples() {
  Dataset data{"samples", kSamples, {3, 6, 6}, {}};
  data.values = synthetic_weights(5, "input", 2, static_cast<std::size_t>(kSamples * 108));
  return data;
}

std::vector<std::int64_t> labels() {
  std::vector<std::int64_t> result;
  for (std::int64_t i = 0; i < kSamples; ++i) result.push_back(i % 8);
  return result;
}

QuantizedNetwork quantized(const std::shared_ptr<const Network>& network, const Dataset& data) {
  FloatExecutor executor(network);
  std::vector<MagnitudeHistogram> magnitudes(network->features.size(), MagnitudeHistogram(false));
  for (std::int64_t i = 0; i < data.count; ++i) {
    const Tensor input = data.batch(i, 1);
    calibrate(executor, {&input, 1}, magnitudes);
  }
  return quantize_network(network, std::vector<Precision>(network->layers.size()), magnitudes,
                          ScaleRule::kMaximum);
}

Evaluation evaluate(std::int64_t batch, std::size_t threads, bool compare) {
  const auto one = small_network(1);
  const auto network = small_network(batch);
  const auto integers = with_batch(quantized(one, samples()), network);
  EXPECT_TRUE(integers.has_value());
  Evaluator evaluator(network, {{samples()}, labels()}, threads);
  return evaluator.evaluate(std::make_shared<const QuantizedNetwork>(*integers), compare);
}

TEST(Evaluator, AnswersAreThoseOfTheReferenceForEverySample) {
  const auto network = small_network(1);
  const auto integers = std::make_shared<const QuantizedNetwork>(quantized(network, samples()));
  const IntegerReference reference(integers);
  std::vector<std::int64_t> expected;
  for (std::int64_t i = 0; i < kSamples; ++i) {
    const FeatureCodes input =
        quantize_feature(*integers, network->inputs[0], samples().batch(i, 1));
    const auto features = reference.run({&input, 1});
    expected.push_back(classify(features[index(network->outputs[0])]).front());
  }
  for (const std::int64_t batch : {1, 5, 64}) {
    const Evaluation evaluation = evaluate(batch, 2, false);
    EXPECT_EQ(evaluation.samples, kSamples);
    EXPECT_EQ(evaluation.quantized.classes, expected) << batch;
    EXPECT_EQ(evaluation.correct(evaluation.quantized), count_correct(expected, labels()));
  }
}

TEST(Evaluator, ResultsDoNotDependOnTheNumberOfThreads) {
  const Evaluation one = evaluate(4, 1, true);
  for (const std::size_t threads : {2, 5}) {
    const Evaluation several = evaluate(4, threads, true);
    EXPECT_EQ(several.quantized.classes, one.quantized.classes);
    EXPECT_EQ(several.reference->classes, one.reference->classes);
    EXPECT_EQ(several.quantized.log_likelihood, one.quantized.log_likelihood);
    EXPECT_EQ(several.divergence, one.divergence);
    EXPECT_EQ(several.output.sqnr_db(), one.output.sqnr_db());
    for (std::size_t i = 0; i < one.features.size(); ++i) {
      EXPECT_EQ(several.features[i].sqnr_db(), one.features[i].sqnr_db());
      EXPECT_EQ(several.features[i].divergence(), one.features[i].divergence());
    }
  }
}

TEST(Evaluator, MeasuresWhatQuantizationDoesToEveryFeature) {
  const Evaluation evaluation = evaluate(8, 2, true);
  // The input is only rounded to 8 bits; layers truncate to terms.
  EXPECT_GT(evaluation.features.front().sqnr_db(), 30.0);
  EXPECT_LT(evaluation.features.back().sqnr_db(), evaluation.features.front().sqnr_db());
  EXPECT_GT(evaluation.features.back().sqnr_db(), 5.0);
  EXPECT_GT(evaluation.divergence, 0.0);
  EXPECT_GE(evaluation.agreeing(), kSamples / 2);
  EXPECT_NEAR(evaluation.output.sqnr_db(), evaluation.features.back().sqnr_db(), 1e-9);
}

TEST(Evaluator, ScoresLabelsByRankAndLikelihood) {
  // One linear layer of weights 1 on the diagonal passes its input on as logits.
  NetworkBuilder builder({.images = 2, .channels = 6});
  Network network = *builder.build({builder.linear(builder.input(), 6)});
  std::vector<float> identity(36, 0.0F);
  for (std::size_t i = 0; i < 6; ++i) identity[i * 7] = 1.0F;
  auto& gemm = std::get<Gemm>(network.layers[0].operation);
  gemm.weights = std::make_shared<const std::vector<float>>(identity);
  gemm.bias.clear();
  const auto shared = std::make_shared<const Network>(network);
  // The label 0 comes second, sixth, and, equal to the first of all, first.
  Dataset data{"rows",
               3,
               {6, 1, 1},
               {4, 5, 1, 1, 1, 1,  //
                0, 1, 2, 3, 4, 5,  //
                7, 7, 0, 0, 0, 0}};
  Precision uniform{.format = "uniform", .parameters = {}};
  std::vector<MagnitudeHistogram> magnitudes(2, MagnitudeHistogram(false));
  for (auto& histogram : magnitudes) histogram.add(std::vector<float>{7.0F});
  const auto integers = std::make_shared<const QuantizedNetwork>(
      quantize_network(shared, {&uniform, 1}, magnitudes, ScaleRule::kMaximum));
  Evaluator evaluator(shared, {{data}, {0, 0, 0}}, 1);
  const Evaluation evaluation = evaluator.evaluate(integers, false);
  EXPECT_THAT(evaluation.reference->classes, testing::ElementsAre(1, 5, 0));
  EXPECT_EQ(evaluation.correct(*evaluation.reference), 1);
  EXPECT_EQ(evaluation.reference->top5, 2);
  const double e = std::exp(1.0);
  const double expected =
      std::log(std::exp(4) / (std::exp(4) + std::exp(5) + 4 * e)) +
      std::log(1 / (1 + e + std::exp(2) + std::exp(3) + std::exp(4) + std::exp(5))) +
      std::log(std::exp(7) / (2 * std::exp(7) + 4));
  EXPECT_NEAR(evaluation.reference->log_likelihood, expected, 1e-5);
}

TEST(Evaluator, RefusesLabelsAndSamplesThatDoNotFit) {
  const auto network = small_network(2);
  std::vector<std::int64_t> few = labels();
  few.pop_back();
  EXPECT_THAT(
      [&] {
        Evaluator(network, {{samples()}, few});
      },
      ThrowsMessage<std::invalid_argument>(HasSubstr("36 labels for 37 rows")));
  std::vector<std::int64_t> beyond = labels();
  beyond[5] = 8;
  EXPECT_THAT(
      [&] {
        Evaluator(network, {{samples()}, beyond});
      },
      ThrowsMessage<std::invalid_argument>(HasSubstr("label 8 of sample 5")));
  EXPECT_THROW(Evaluator(network, {{}, {}}), std::invalid_argument);
}

TEST(WithBatch, RefusesAnotherNetwork) {
  const auto network = small_network(1);
  const QuantizedNetwork integers = quantized(network, samples());
  Network other = *small_network(3);
  EXPECT_TRUE(with_batch(integers, std::make_shared<const Network>(other)).has_value());
  other.layers[1].steps.push_back(test::relu());
  EXPECT_FALSE(with_batch(integers, std::make_shared<const Network>(other)).has_value());
  Network fewer = *small_network(3);
  fewer.layers.pop_back();
  EXPECT_FALSE(with_batch(integers, std::make_shared<const Network>(fewer)).has_value());
}

TEST(WithBatch, KeepsLayersPacked) {
  Network packed = *small_network(1);
  auto& gemm = std::get<Gemm>(packed.layers[0].operation);
  gemm.packed = std::make_shared<const PackedMatrix>();
  const auto integers =
      with_batch(quantized(std::make_shared<const Network>(packed), samples()), small_network(3));
  ASSERT_TRUE(integers.has_value());
  EXPECT_EQ(integers->network->layers[0].gemm()->packed, gemm.packed);
  EXPECT_EQ(integers->network->layers[1].gemm()->packed, nullptr);
  EXPECT_EQ(integers->network->feature(integers->network->inputs[0]).shape.images, 3);
}

}  // namespace
}  // namespace systerm
