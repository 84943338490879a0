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
