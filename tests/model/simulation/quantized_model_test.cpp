// SPDX-License-Identifier: Apache-2.0
// Quantized ONNX models on the platform: the bytes in memory are the model's codes, zero points and
// padding included, and results say where scales come from.
#include <algorithm>
#include <filesystem>
#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/evaluation/experiment_evaluator.h"
#include "model/simulation/experiment_run.h"
#include "tests/model/simulation/program_vocabulary.h"
#include "tests/workloads/graph/onnx_builder.h"
#include "tests/workloads/graph/shared_data.h"
#include "workloads/data/dataset.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;
using Type = onnx::TensorProto;

/// Two padded convolutions between codes with zero points, and a matrix product.
std::string small_model() {
  std::mt19937 random(1);
  const auto codes = [&](int count) {
    std::vector<int> values;
    for (int i = 0; i < count; ++i) values.push_back(static_cast<int>(random() % 255) - 127);
    return values;
  };
  OnnxBuilder b;
  b.input("x", {-1, 3, 6, 6});
  for (const auto& [name, scale, type, zero] :
       std::vector<std::tuple<std::string, float, int, int>>{{"x", 0.02F, Type::INT8, 83},
                                                             {"h", 0.11F, Type::UINT8, 0},
                                                             {"g", 0.9F, Type::UINT8, 131},
                                                             {"y", 30.0F, Type::INT8, -7}}) {
    b.floats(name + "_scale", {}, {scale});
    b.codes(name + "_zero", {}, type, {zero});
  }
  const auto weights = [&](const std::string& name, const Shape& shape, const Shape& scales) {
    b.codes(name, shape, Type::INT8, codes(static_cast<int>(element_count(shape))));
    std::vector<float> values;
    for (std::int64_t i = 0; i < element_count(scales); ++i) {
      values.push_back(0.01F + 0.001F * static_cast<float>(i));
    }
    b.floats(name + "_scale", scales, values);
    b.codes(name + "_zero", scales, Type::INT8, std::vector<int>(values.size(), 0));
  };
  weights("first", {9, 3, 3, 3}, {9});
  weights("second", {9, 1, 3, 3}, {});
  weights("matrix", {324, 5}, {});
  b.codes("bias", {9}, Type::INT32, {100, -200, 3000, -40, 5, 600, 7, -80, 900});
  const auto convolution = [&](const char* x, const std::string& w, const std::string& y) {
    auto& node = b.node("QLinearConv",
                        {x, std::string(x) + "_scale", std::string(x) + "_zero", w, w + "_scale",
                         w + "_zero", y + "_scale", y + "_zero", "bias"},
                        {y});
    OnnxBuilder::set(node, "pads", std::vector<std::int64_t>{1, 1, 1, 1});
    return &node;
  };
  convolution("x", "first", "h");
  OnnxBuilder::set(*convolution("h", "second", "g"), "group", std::int64_t{9});
  b.node("Flatten", {"g"}, {"flat"});
  b.node(
      "QLinearMatMul",
      {"flat", "g_scale", "g_zero", "matrix", "matrix_scale", "matrix_zero", "y_scale", "y_zero"},
      {"y"});
  b.output("y");
  return b.bytes();
}

Experiment experiment_of(const std::filesystem::path& model, const std::string& more) {
  return experiment(fmt::format(R"(systerm: 1
name: quantized
design: tq_64x128
workload: {{network: {}, weights: file, batch: 2}}
{}
run: {{fidelity: data, verify: true}}
)",
                                model.string(), more));
}

// One simulation a process, hence a test a format.
class QuantizedModelFormat : public testing::TestWithParam<const char*> {};

TEST_P(QuantizedModelFormat, RunsInTheCodesOfTheModel) {
  const TemporaryFolder folder;
  const auto model = folder.write("model.onnx", small_model());
  const Experiment parsed =
      experiment_of(model, fmt::format("precision: {{default: {}}}", GetParam()));
  const Json result = run_plan(parsed, parsed.precision, {});
  EXPECT_GT(result["verification"]["elements"], 0);
  EXPECT_EQ(result["verification"]["mismatches"], 0);
  EXPECT_EQ(result["scales"]["activations"], (Json{{"model", 4}, {"calibrated", 0}}));
  EXPECT_EQ(result["scales"]["weights"], (Json{{"model", 3}, {"calibrated", 0}}));
}

INSTANTIATE_TEST_SUITE_P(
    Formats, QuantizedModelFormat,
    testing::Values(
        "{format: uniform, data_range: unsigned}",
        "{format: term_quantized, data_range: unsigned, group_budget: 20, data_terms: 3}"));

TEST(QuantizedModel, ScalesMayBeChosenAnew) {
  const TemporaryFolder folder;
  const auto model = folder.write("model.onnx", small_model());
  const Experiment parsed = experiment_of(
      model, "precision: {default: {format: uniform}}\ncalibration: {model_scales: ignored}");
  const Json result = run_plan(parsed, parsed.precision, {});
  EXPECT_EQ(result["verification"]["mismatches"], 0);
  EXPECT_FALSE(result.contains("scales"));
}

TEST(QuantizedModel, AFormatThatCannotHoldTheCodesIsRefused) {
  const TemporaryFolder folder;
  const auto model = folder.write("model.onnx", small_model());
  const Experiment parsed = experiment_of(model, "precision: {default: {format: uniform}}");
  try {
    run_plan(parsed, parsed.precision, {});
    FAIL() << "codes from -211 to 44 do not fit 7 bits and a sign";
  } catch (const std::exception& error) {
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("-211"),
                                             testing::HasSubstr("data_range: unsigned")));
  }
}

// The MLPerf Tiny reference model; its README states 90.1 % for TFLite's fixed-point arithmetic.
TEST(QuantizedModel, TheKeywordModelHasItsStatedAccuracy) {
  const std::filesystem::path folder = shared_data("kws");
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder;
  const Experiment parsed = experiment(fmt::format(R"(systerm: 1
name: keywords
design: tq_64x128
workload:
  network: {0}/kws_dscnn_int8_qlinear.onnx
  weights: file
  data: {0}/mfcc_int8.npy
  labels: {0}/labels.npy
  data_offset: 83
  data_scale: 0.5847029
precision: {{default: {{format: uniform, data_range: unsigned}}}}
)",
                                                   folder.string()));
  ExperimentEvaluator evaluator(parsed);
  const Evaluation evaluation = evaluator.evaluate(parsed.precision, false);
  EXPECT_EQ(evaluation.samples, 1000);
  EXPECT_NEAR(static_cast<double>(evaluation.correct(evaluation.quantized)) / 1000.0, 0.901, 0.002);
  // Answers of the reference, which rounds twice where this does once.
  const Dataset reference = load_dataset(folder / "logits_int8.npy", 14.0, 0.14469251);
  std::int64_t same = 0;
  for (std::int64_t i = 0; i < 1000; ++i) {
    const Tensor logits = reference.batch(i, 1);
    same += std::ranges::max_element(logits.values) - logits.values.begin() ==
            evaluation.quantized.classes[static_cast<std::size_t>(i)];
  }
  EXPECT_GE(same, 990);
}

}  // namespace
}  // namespace systerm
