// SPDX-License-Identifier: Apache-2.0
// Accuracy as a column and an objective of sweeps: evaluated once for each arithmetic setting,
// whatever the hardware beside it.
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/model/exploration/stored_sweep.h"

namespace systerm {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr int kSettings = 4;
constexpr int kPoints = 40;

/// Two budgets by two numbers of data terms, on ten arrays.
std::string digits_sweep(const std::string& more = "") {
  return fmt::format(R"(systerm: 1
name: digits
base: {}/configs/experiments/digits.yaml
set: {{run.fidelity: timing, run.evaluate: true, workload.samples: 40}}
axes:
  - {{path: design.array.rows, values: [4, 8, 16, 32, 64]}}
  - {{path: design.array.columns, values: [32, 64]}}
  - {{name: k, path: precision.default.group_budget, values: [2, 12]}}
  - {{name: s, path: precision.default.data_terms, values: [1, 3]}}
{})",
                     SYSTERM_SOURCE_DIR, more);
}

std::vector<std::size_t> columns_of(const json& table, const std::vector<std::string>& names) {
  std::vector<std::size_t> found;
  for (const std::string& name : names) {
    std::size_t at = 0;
    while (at < table["columns"].size() && table["columns"][at]["name"] != name) ++at;
    EXPECT_LT(at, table["columns"].size()) << name;
    found.push_back(at);
  }
  return found;
}

TEST(AccuracySweep, GivesTheSameBytesForAnyNumberOfJobs) {
  const StoredSweep sweep = stored(digits_sweep());
  std::string expected;
  for (const char* jobs : {"1", "2", "8"}) {
    const std::string store = std::string("store") + jobs;
    const auto outcome = run_program(sweep.run({"--jobs", jobs}, store));
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    const std::string exported = sweep.exported(store);
    if (expected.empty()) expected = exported;
    EXPECT_EQ(exported, expected) << jobs;
  }
  EXPECT_THAT(expected, HasSubstr(",accuracy,"));
  EXPECT_THAT(expected, HasSubstr(",quantization_error,"));
}

TEST(AccuracySweep, EvaluatesASettingOnceAndReusesItOnOtherHardware) {
  const StoredSweep sweep = stored(digits_sweep());
  EXPECT_EQ(run_program(sweep.run({"--jobs", "2"})).status, 0);
  const auto made = sweep.files("evaluations", ".json");
  ASSERT_EQ(made.size(), kSettings);
  std::set<std::filesystem::file_time_type> times;
  for (const auto& file : made) times.insert(std::filesystem::last_write_time(file));

  const json table = table_of(sweep);
  const auto at = columns_of(table, {"k", "s", "accuracy", "quantization_error", "total.cycles"});
  ASSERT_EQ(table["rows"].size(), kPoints);
  std::map<std::string, std::set<std::string>> answers;
  std::set<std::string> cycles;
  for (const json& row : table["rows"]) {
    const json& values = row["values"];
    answers[values[at[0]].dump() + " " + values[at[1]].dump()].insert(values[at[2]].dump() + " " +
                                                                      values[at[3]].dump());
    cycles.insert(values[at[4]].dump());
  }
  EXPECT_EQ(answers.size(), kSettings);
  for (const auto& [setting, all] : answers) EXPECT_EQ(all.size(), 1) << setting;
  EXPECT_GT(cycles.size(), 10);

  // What is stored is taken as it is: with the points gone nothing is evaluated again.
  for (const auto& file : made) {
    json changed = json::parse(file_text(file));
    changed["top1"] = 0.125;
    std::ofstream(file) << changed.dump();
  }
  std::filesystem::remove_all(std::filesystem::path(sweep.store()) / "points");
  EXPECT_EQ(run_program(sweep.run({"--jobs", "8"})).status, 0);
  const json again = table_of(sweep);
  const std::size_t accuracy = columns_of(again, {"accuracy"}).front();
  for (const json& row : again["rows"]) EXPECT_EQ(row["values"][accuracy], 0.125);
}

TEST(AccuracySweep, AgreesWithEvaluateAndWithARunOfThePoint) {
  const StoredSweep sweep =
      stored(digits_sweep("constraints: [rows == 8, columns == 32, k == 2, s == 3]\n"));
  EXPECT_EQ(run_program(sweep.run()).status, 0);
  const auto files = sweep.files("points", ".json");
  ASSERT_EQ(files.size(), 1);
  const json point = json::parse(file_text(files.front()));
  const std::string experiment = sweep.store("experiment.yaml");
  std::ofstream(experiment) << point["point"]["configuration"].get<std::string>();
  const json run = json::parse(run_program({"run", experiment, "--json"}).output, nullptr, false);
  EXPECT_EQ(run, point["point"]["result"]);
  const json evaluated = json::parse(
      run_program({"evaluate", experiment, "--no-layers", "--json"}).output, nullptr, false);
  for (const char* key : {"samples", "top1", "agreement", "quantization_error", "float"}) {
    EXPECT_EQ(evaluated[key], run["evaluation"][key]) << key;
  }
}

TEST(AccuracySweep, GivesObjectivesOfFrontsAndSearches) {
  const StoredSweep sweep = stored(digits_sweep(R"(search:
  algorithm: nsga2
  population: 8
  generations: 2
  objectives: [accuracy:max, total.cycles:min]
  constraints: [accuracy >= 0.5]
)"));
  const auto search = run_program({"sweep", "search", sweep.file(), "--store", sweep.store()});
  EXPECT_EQ(search.status, 0) << search.output;
  EXPECT_LE(sweep.files("evaluations", ".json").size(), kSettings);
  EXPECT_EQ(run_program(sweep.run()).status, 0);
  const auto front = run_program({"pareto", sweep.file(), "--store", sweep.store(), "--objective",
                                  "accuracy:max", "--objective", "quantization_error:min",
                                  "--objective", "total.cycles:min", "--json"});
  EXPECT_EQ(front.status, 0) << front.output;
  const json table = json::parse(front.output, nullptr, false);
  const auto at = columns_of(table, {"accuracy", "total.cycles"});
  EXPECT_GT(table["rows"].size(), 1);
  // The first is among the most accurate of all points.
  const json all = table_of(sweep);
  double most = 0.0;
  for (const json& row : all["rows"]) most = std::max(most, row["values"][at[0]].get<double>());
  EXPECT_EQ(table["rows"][0]["values"][at[0]], most);
}

}  // namespace
}  // namespace systerm
