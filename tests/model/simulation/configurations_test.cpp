// SPDX-License-Identifier: Apache-2.0
// Every experiment that the repository ships runs.
#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"
#include "tests/model/simulation/program_vocabulary.h"

namespace systerm {
namespace {

std::vector<std::string> shipped_experiments() {
  std::vector<std::string> files;
  for (const char* folder : {"experiments", "published"}) {
    for (const auto& entry : std::filesystem::directory_iterator(
             std::filesystem::path(SYSTERM_SOURCE_DIR) / "configs" / folder)) {
      files.push_back(entry.path().string());
    }
  }
  std::ranges::sort(files);
  return files;
}

class ShippedExperiment : public testing::TestWithParam<std::string> {};

TEST_P(ShippedExperiment, RunsInTimingFidelity) {
  const std::vector<std::string> overrides = {"run.fidelity=timing"};
  const Experiment parsed = load_experiment(GetParam(), test_vocabulary(), overrides);
  const auto result = run_plan(parsed, parsed.precision, {});
  EXPECT_GT(result["total"]["cycles"], 0);
  EXPECT_GT(result["total"]["macs"], 0);
}

INSTANTIATE_TEST_SUITE_P(Configs, ShippedExperiment, testing::ValuesIn(shipped_experiments()),
                         [](const auto& file) {
                           return std::filesystem::path(file.param).stem().string();
                         });

// Compute-bound layers gain 49 g / (k s) = 49 * 8 / (12 * 3) over plain 8-bit operands on the same
// array.
TEST(TermQuantization, GainsTheRatioOfTheBeatsInComputeBoundLayers) {
  const Experiment parsed = load_experiment(
      SYSTERM_SOURCE_DIR "/configs/published/resnet18_g8_k12_s3.yaml", test_vocabulary());
  ASSERT_TRUE(parsed.baseline.has_value());
  IsolatedRun quantized_run([&] { return run_plan(parsed, parsed.precision, {}); });
  IsolatedRun plain_run([&] { return run_plan(parsed, *parsed.baseline, {}); });
  const auto quantized = quantized_run.wait();
  const auto plain = plain_run.wait();
  for (const auto& layer : quantized["layers"]) {
    if (layer["format"] != "term_quantized") continue;
    const std::int64_t groups = layer["k"].get<std::int64_t>() / 8;
    // Published count: s k / g pairs a MAC.
    EXPECT_EQ(layer["term_pair_bound"].get<std::int64_t>(),
              layer["m"].get<std::int64_t>() * groups * layer["n"].get<std::int64_t>() * 36)
        << layer["name"];
  }
  for (std::size_t i = 0; i < plain["layers"].size(); ++i) {
    if (quantized["layers"][i]["format"] != "term_quantized") continue;
    EXPECT_EQ(plain["layers"][i]["busy"].get<std::int64_t>() * 36,
              quantized["layers"][i]["busy"].get<std::int64_t>() * 49 * 8)
        << plain["layers"][i]["name"];
  }
}

}  // namespace
}  // namespace systerm
