// SPDX-License-Identifier: Apache-2.0
// Real trained networks: float logits and activations against stored ones (computed in float64),
// accuracies against the figures that came with the models, integer execution against both.
#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>

#include "tests/workloads/execution/temporary_file.h"
#include "workloads/data/dataset.h"
#include "workloads/data/npy.h"
#include "workloads/data/npz.h"
#include "workloads/execution/classification.h"
#include "workloads/execution/feature_layout.h"
#include "workloads/execution/float_executor.h"
#include "workloads/execution/integer_reference.h"
#include "workloads/graph/lowering.h"
#include "workloads/import/onnx.h"
#include "workloads/quantization/quantize.h"

namespace systerm {
namespace {

std::shared_ptr<const Network> import_network(const std::filesystem::path& file,
                                              std::int64_t batch) {
  Network network = lower(import_onnx(file, {.batch = batch}));
  EXPECT_TRUE(network.unmodelled.empty());
  validate(network);
  return std::make_shared<const Network>(std::move(network));
}

std::vector<float> stored_values(const std::filesystem::path& file) {
  return std::get<std::vector<float>>(read_npy(file).elements);
}

/// Output of all samples, batch after batch.
std::vector<float> run_float(const std::shared_ptr<const Network>& network, const Dataset& data,
                             std::int64_t samples, std::int64_t first = 0) {
  const std::int64_t batch = network->feature(network->inputs[0]).shape.images;
  FloatExecutor executor(network);
  std::vector<float> outputs;
  for (std::int64_t i = 0; i < samples; i += batch) {
    const Tensor input = data.batch(first + i, batch);
    const std::vector<float> values = executor.run({&input, 1})[0].values;
    outputs.insert(outputs.end(), values.begin(), values.end());
  }
  return outputs;
}

double largest_difference(std::span<const float> a, std::span<const float> b) {
  double largest = a.size() == b.size() ? 0.0 : HUGE_VAL;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    // NaN must not pass.
    const double difference = std::fabs(a[i] - b[i]);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

double accuracy(const std::vector<float>& logits, std::int64_t classes,
                std::span<const std::int64_t> labels) {
  const auto samples = static_cast<std::int64_t>(logits.size()) / classes;
  const auto predictions = classify(Tensor{{samples, classes}, logits});
  return static_cast<double>(count_correct(predictions, labels)) / static_cast<double>(samples);
}

#define SKIP_WITHOUT(folder)                   \
  const auto root = test::shared_data(folder); \
  if (!root) GTEST_SKIP() << "no " folder " in the shared data"

class KeywordSpotting : public testing::Test {
 protected:
  static Dataset samples(const std::filesystem::path& root, const Network& network) {
    // Scale and zero point of the reference model's input.
    return adapt_to_input(load_dataset(root / "mfcc_int8.npy", 83, 0.5847029),
                          network.feature(network.inputs[0]).source_shape);
  }
};

TEST_F(KeywordSpotting, FloatLogitsAndAccuracyEqualTheStoredOnes) {
  SKIP_WITHOUT("kws");
  const auto network = import_network(*root / "kws_dscnn.onnx", 250);
  const std::vector<float> logits = run_float(network, samples(*root, *network), 1000);
  EXPECT_LT(largest_difference(logits, stored_values(*root / "logits_float.npy")), 1e-3);
  EXPECT_NEAR(accuracy(logits, 12, load_labels(*root / "labels.npy")), 0.913, 1e-9);
}

TEST_F(KeywordSpotting, EveryActivationEqualsTheStoredOneOfItsName) {
  SKIP_WITHOUT("kws");
  const auto network = import_network(*root / "kws_dscnn.onnx", 4);
  const Tensor input = samples(*root, *network).batch(0, 4);
  const auto features = FloatExecutor(network).run_all({&input, 1});
  const std::filesystem::path archive = *root / "activations_first4.npz";
  const std::vector<std::string> stored = npz_names(archive);
  std::size_t compared = 0;
  for (std::size_t i = 0; i < features.size(); ++i) {
    const Feature& feature = network->features[i];
    if (std::ranges::find(stored, feature.name) == stored.end()) continue;
    ++compared;
    EXPECT_LT(
        largest_difference(to_source_order(feature, features[i]).values,
                           std::get<std::vector<float>>(read_npz(archive, feature.name).elements)),
        1e-3)
        << feature.name;
  }
  // The input, nine convolutions, the pooling and the logits.
  EXPECT_EQ(compared, stored.size());
  EXPECT_EQ(stored.size(), 12U);
}

TEST_F(KeywordSpotting, BatchNormAndSoftmaxOfTheUnfoldedModelGiveTheSameClasses) {
  SKIP_WITHOUT("kws");
  const auto network = import_network(*root / "kws_dscnn_bn_softmax.onnx", 200);
  const std::vector<float> result = run_float(network, samples(*root, *network), 200);
  std::vector<float> expected = stored_values(*root / "logits_float.npy");
  expected.resize(result.size());
  for (auto row = expected.begin(); row != expected.end(); row += 12) {
    double sum = 0;
    for (int i = 0; i < 12; ++i) sum += std::exp(row[i]);
    for (int i = 0; i < 12; ++i) row[i] = static_cast<float>(std::exp(row[i]) / sum);
  }
  EXPECT_LT(largest_difference(result, expected), 1e-4);
}

TEST_F(KeywordSpotting, IntegerExecutionKeepsTheAccuracy) {
  SKIP_WITHOUT("kws");
  constexpr std::int64_t kSamples = 100;
  const auto network = import_network(*root / "kws_dscnn.onnx", kSamples);
  const Tensor input = samples(*root, *network).batch(0, kSamples);
  const std::vector<std::int64_t> labels = load_labels(*root / "labels.npy");
  FloatExecutor executor(network);
  const double float_accuracy = accuracy(executor.run({&input, 1})[0].values, 12, labels);
  std::vector<MagnitudeHistogram> magnitudes(network->features.size(), MagnitudeHistogram(true));
  calibrate(executor, {&input, 1}, magnitudes);

  const auto integer_accuracy = [&](const Precision& precision, ScaleRule rule) {
    const auto quantized = std::make_shared<const QuantizedNetwork>(quantize_network(
        network, std::vector<Precision>(network->layers.size(), precision), magnitudes, rule));
    const FeatureCodes codes = quantize_feature(*quantized, network->inputs[0], input);
    const auto features = IntegerReference(quantized).run({&codes, 1});
    const auto predictions = classify(features[index(network->outputs[0])]);
    return static_cast<double>(count_correct(predictions, labels)) / kSamples;
  };
  Precision uniform{.format = "uniform", .parameters = {}};
  uniform.parameters.data_range = DataRange::kUnsigned;
  EXPECT_NEAR(integer_accuracy(uniform, ScaleRule::kMaximum), float_accuracy, 0.03);
  EXPECT_NEAR(integer_accuracy(uniform, ScaleRule::kMeanSquaredError), float_accuracy, 0.03);
  Precision generous = uniform;
  generous.format = "term_quantized";
  generous.parameters.group_budget = 20;
  generous.parameters.data_terms = 4;
  EXPECT_NEAR(integer_accuracy(generous, ScaleRule::kMeanSquaredError), float_accuracy, 0.03);
  // Half a term a weight cannot work: the budget reaches the arithmetic.
  Precision starved = generous;
  starved.parameters.group_budget = 2;
  EXPECT_LT(integer_accuracy(starved, ScaleRule::kMeanSquaredError), float_accuracy - 0.1);
}

struct MnistModel {
  const char* file;
  const char* logits;
  double accuracy;
};

class Mnist : public testing::TestWithParam<MnistModel> {};

TEST_P(Mnist, LogitsAndAccuracyOnTheTestSplitEqualTheStoredOnes) {
  SKIP_WITHOUT("mnist");
  constexpr std::int64_t kFirst = 8000;
  constexpr std::int64_t kSamples = 2000;
  const auto network = import_network(*root / GetParam().file, 250);
  const Dataset data =
      adapt_to_input(load_dataset(*root / "t10k-images-idx3-ubyte.gz", 0, 1.0 / 255),
                     network->feature(network->inputs[0]).source_shape);
  const std::vector<float> logits = run_float(network, data, kSamples, kFirst);
  EXPECT_LT(largest_difference(logits, stored_values(*root / GetParam().logits)), 1e-3);
  const std::vector<std::int64_t> labels = load_labels(*root / "t10k-labels-idx1-ubyte.gz");
  EXPECT_NEAR(accuracy(logits, 10, std::span(labels).subspan(kFirst)), GetParam().accuracy, 1e-9);
}

INSTANTIATE_TEST_SUITE_P(
    Models, Mnist,
    testing::Values(MnistModel{"mlp_784_512_10.onnx", "mlp_784_512_10_test_logits.npy", 0.9630},
                    MnistModel{"lenet5.onnx", "lenet5_test_logits.npy", 0.9890}),
    [](const auto& test_case) {
      return std::string(test_case.param.file).substr(0, 3) == "mlp" ? "mlp" : "lenet5";
    });

TEST(ResNet8, LogitsOfChannelsLastImagesEqualTheStoredOnes) {
  SKIP_WITHOUT("resnet8");
  const auto network = import_network(*root / "resnet8.onnx", 16);
  const Dataset data = adapt_to_input(load_dataset(*root / "images_u8_nhwc.npy"),
                                      network->feature(network->inputs[0]).source_shape);
  const std::vector<float> logits = run_float(network, data, 16);
  EXPECT_LT(largest_difference(logits, stored_values(*root / "logits.npy")), 2e-3);
}

}  // namespace
}  // namespace systerm
