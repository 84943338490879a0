// SPDX-License-Identifier: Apache-2.0
// Results of small runs, field by field against the ones on record. After a change that is meant to
// move them, run this test with SYSTERM_UPDATE_GOLDEN=1 and review the difference.
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/simulation/experiment_run.h"
#include "tests/model/simulation/program_vocabulary.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

struct Golden {
  const char* name;
  const char* text;
};

void PrintTo(const Golden& golden, std::ostream* out) { *out << golden.name; }

class GoldenResult : public testing::TestWithParam<Golden> {};

void expect_equal(const Json& actual, const Json& expected, const std::string& path) {
  ASSERT_EQ(actual.type_name(), std::string(expected.type_name())) << path;
  if (!expected.is_structured()) {
    EXPECT_EQ(actual, expected) << path;
    return;
  }
  ASSERT_EQ(actual.size(), expected.size()) << path;
  for (const auto& [key, value] : expected.items()) {
    if (expected.is_array()) {
      expect_equal(actual[std::stoul(key)], value, path + "[" + key + "]");
    } else {
      ASSERT_TRUE(actual.contains(key)) << path << "." << key;
      expect_equal(actual[key], value, path + "." + key);
    }
  }
}

TEST_P(GoldenResult, IsTheOneOnRecord) {
  const Experiment parsed = experiment(GetParam().text);
  const Json actual = Json::parse(run_plan(parsed, parsed.precision, {}).dump());
  const std::string file =
      std::string(SYSTERM_SOURCE_DIR "/tests/model/simulation/golden/") + GetParam().name + ".json";
  if (std::getenv("SYSTERM_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(file) << actual.dump(1) << "\n";
    GTEST_SKIP() << "wrote " << file;
  }
  std::ifstream stream(file);
  ASSERT_TRUE(stream) << file;
  expect_equal(actual, Json::parse(stream), GetParam().name);
}

constexpr const char* kGemms = R"(systerm: 1
name: gemms
design: tq_64x128
workload:
  gemms:
    - {name: compute_bound, m: 256, k: 1024, n: 256}
    - {name: ragged, m: 5, k: 37, n: 3}
    - {name: memory_bound, m: 1, k: 4096, n: 4096}
    - {name: grouped, m: 64, k: 9, n: 1, groups: 32}
precision:
  default: {format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}
run: {fidelity: timing}
)";

constexpr const char* kLenet = R"(systerm: 1
name: lenet5
design: {base: tq_64x128, array: {rows: 16, columns: 24, dataflow: output_stationary}}
workload: {network: lenet5, batch: 2}
precision:
  default: {format: uniform, group_size: 4}
run: {fidelity: data, seed: 3, verify: true}
)";

constexpr const char* kWavefront = R"(systerm: 1
name: wavefront
design: {base: tq_64x128, array: {rows: 8, columns: 8, beat_sync: wavefront_maximum}}
workload: {network: mlp_784_512_512_10}
precision:
  default: {format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}
run: {fidelity: data, seed: 5}
)";

INSTANTIATE_TEST_SUITE_P(Runs, GoldenResult,
                         testing::Values(Golden{"gemms_timing", kGemms},
                                         Golden{"lenet5_output_stationary", kLenet},
                                         Golden{"mlp_wavefront", kWavefront}),
                         [](const auto& golden) { return std::string(golden.param.name); });

}  // namespace
}  // namespace systerm
