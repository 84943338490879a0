// SPDX-License-Identifier: Apache-2.0
#include "model/evaluation/accuracy_cache.h"

#include <fstream>
#include <functional>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "model/simulation/isolated_run.h"
#include "tests/model/evaluation/digits.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

std::string key(const Experiment& experiment) {
  return arithmetic_key(experiment, test_vocabulary());
}

TEST(ArithmeticKey, IgnoresHardwareAndKnowsEverythingElse) {
  const Experiment base = digits(kTermQuantizedDigits, 10);
  const auto changed = [&](const std::function<void(Experiment&)>& change) {
    Experiment other = base;
    change(other);
    return key(other);
  };
  const std::string own = key(base);
  EXPECT_EQ(changed([](Experiment& e) { e.design.array.rows = 7; }), own);
  EXPECT_EQ(changed([](Experiment& e) { e.name = "other"; }), own);
  EXPECT_EQ(changed([](Experiment& e) { e.run.fidelity = Fidelity::kTiming; }), own);
  EXPECT_EQ(changed([](Experiment& e) { e.mapping.push_back({.match = "conv1"}); }), own);
  EXPECT_NE(changed([](Experiment& e) { e.precision.defaults.parameters.data_terms = 2; }), own);
  EXPECT_NE(changed([](Experiment& e) { e.precision.layers.push_back({"conv1", {}}); }), own);
  EXPECT_NE(changed([](Experiment& e) { e.precision.packing.defaults.prune = 0.5; }), own);
  EXPECT_NE(changed([](Experiment& e) { e.workload.samples = 11; }), own);
  EXPECT_NE(changed([](Experiment& e) { e.workload.first_sample = 1; }), own);
  EXPECT_NE(changed([](Experiment& e) { e.workload.labels.clear(); }), own);
  EXPECT_NE(changed([](Experiment& e) { e.calibration.samples = 9; }), own);
  EXPECT_NE(changed([](Experiment& e) { e.run.seed = 2; }), own);
}

TEST(ArithmeticKey, FollowsTheContentOfFilesNotTheirNames) {
  Experiment experiment = digits(kTermQuantizedDigits, 10);
  const std::string own = key(experiment);
  const std::filesystem::path copy = testing::TempDir() + "systerm_key_copy.npy";
  std::filesystem::copy_file(experiment.workload.data, copy,
                             std::filesystem::copy_options::overwrite_existing);
  experiment.workload.data = copy;
  EXPECT_EQ(key(experiment), own);
  std::fstream(copy, std::ios::in | std::ios::out | std::ios::binary).seekp(500).put('x');
  std::filesystem::last_write_time(
      copy, std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
  EXPECT_NE(key(experiment), own);
}

class AccuracyCache : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_ = testing::TempDir() + "systerm_cache_" +
                                  testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(AccuracyCache, ComputesASettingOnceAndReusesItAcrossHardware) {
  Experiment experiment = digits(kTermQuantizedDigits, 20);
  const Json first = evaluate_once(experiment, test_vocabulary(), folder_);
  EXPECT_EQ(first["samples"], 20);
  const auto file = folder_ / (first["arithmetic_key"].get<std::string>() + ".json");
  ASSERT_TRUE(std::filesystem::exists(file));
  // Were it computed again, the mark would be gone.
  Json marked = first;
  marked["mark"] = true;
  std::ofstream(file) << marked.dump();
  experiment.design.array.columns = 3;
  EXPECT_EQ(evaluate_once(experiment, test_vocabulary(), folder_)["mark"], true);
  std::ofstream(file) << first.dump().substr(0, 50);
  EXPECT_EQ(evaluate_once(experiment, test_vocabulary(), folder_), first);
}

TEST_F(AccuracyCache, ProcessesThatAskAtATimeGetTheSame) {
  const Experiment experiment = digits(kTermQuantizedDigits, 20);
  std::vector<IsolatedRun> runs;
  for (int i = 0; i < 4; ++i) {
    runs.emplace_back([&] { return evaluate_once(experiment, test_vocabulary(), folder_, 1); });
  }
  const Json first = runs[0].wait();
  for (std::size_t i = 1; i < runs.size(); ++i) EXPECT_EQ(runs[i].wait(), first);
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    EXPECT_NE(entry.path().extension(), ".partial");
  }
}

}  // namespace
}  // namespace systerm
