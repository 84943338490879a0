// SPDX-License-Identifier: Apache-2.0
// A trained keyword-spotting network (MLPerf Tiny) on labelled samples: accuracy beside cycles,
// bit-exact.
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/simulation/experiment_run.h"
#include "tests/model/simulation/program_vocabulary.h"

namespace systerm {
namespace {

std::filesystem::path shared_data() {
  const char* variable = std::getenv("SYSTERM_SHARED_DATA");
  return variable != nullptr ? variable : SYSTERM_SOURCE_DIR "/../shared/data";
}

nlohmann::ordered_json run_keywords(const std::string& precision) {
  const std::string folder = (shared_data() / "kws").string();
  const Experiment parsed = experiment(fmt::format(R"(systerm: 1
name: keywords
design: tq_64x128
workload:
  network: {0}/kws_dscnn.onnx
  weights: file
  batch: 10
  data: {0}/mfcc_int8.npy
  labels: {0}/labels.npy
  data_offset: 83
  data_scale: 0.5847029
  samples: 100
precision:
  default: {1}
calibration: {{samples: 100}}
run: {{fidelity: data, verify: true}}
)",
                                                   folder, precision));
  return run_plan(parsed, parsed.precision, {});
}

class KeywordSpotting : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(shared_data() / "kws" / "kws_dscnn.onnx")) {
      GTEST_SKIP() << "the keyword-spotting network is not at " << shared_data();
    }
  }
};

nlohmann::ordered_json run_digits(const std::string& model, const std::string& precision) {
  const std::string folder = (shared_data() / "mnist").string();
  const Experiment parsed = experiment(fmt::format(R"(systerm: 1
name: digits
design: tq_64x128
workload:
  network: {0}/{1}
  weights: file
  batch: 100
  data: {0}/t10k-images-idx3-ubyte.gz
  labels: {0}/t10k-labels-idx1-ubyte.gz
  data_scale: 0.00392156862745098
  samples: 100
precision:
  default: {2}
calibration: {{rule: mean_squared_error, samples: 100}}
run: {{fidelity: data, verify: true}}
)",
                                                   folder, model, precision));
  return run_plan(parsed, parsed.precision, {});
}

class Digits : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(shared_data() / "mnist" / "lenet5.onnx")) {
      GTEST_SKIP() << "the digit networks are not at " << shared_data();
    }
  }
};

TEST_P(Digits, KeepTheirAccuracyAtEightBits) {
  const auto result = run_digits(GetParam(), "{format: uniform, group_size: 8}");
  EXPECT_EQ(result["verification"]["mismatches"], 0);
  EXPECT_GE(result["accuracy"]["top1"], 0.95);
}

// Published settings of the MLP: g 16, s 6, 4-bit weights; k 14 is within 0.1 points of k 12.
TEST_P(Digits, KeepTheirAccuracyAtThePublishedSetting) {
  const auto result = run_digits(
      GetParam(),
      "{format: term_quantized, weight_bits: 4, group_size: 16, group_budget: 14, data_terms: 6}");
  EXPECT_EQ(result["verification"]["mismatches"], 0);
  EXPECT_GE(result["accuracy"]["top1"], 0.93);
}

INSTANTIATE_TEST_SUITE_P(Models, Digits, testing::Values("mlp_784_512_10.onnx", "lenet5.onnx"),
                         [](const auto& model) {
                           return std::filesystem::path(model.param).stem().string();
                         });

TEST_F(KeywordSpotting, KeepsItsAccuracyAtEightBits) {
  const auto result = run_keywords("{format: uniform, group_size: 8}");
  EXPECT_EQ(result["verification"]["mismatches"], 0);
  EXPECT_EQ(result["accuracy"]["samples"], 100);
  EXPECT_GE(result["accuracy"]["top1"], 0.85);
}

TEST_F(KeywordSpotting, KeepsItsAccuracyAtAWideBudget) {
  const auto result =
      run_keywords("{format: term_quantized, group_size: 8, group_budget: 20, data_terms: 4}");
  EXPECT_EQ(result["verification"]["mismatches"], 0);
  EXPECT_GE(result["accuracy"]["top1"], 0.80);
}

}  // namespace
}  // namespace systerm
