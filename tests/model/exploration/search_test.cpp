// SPDX-License-Identifier: Apache-2.0
// Pareto fronts, searches and comparisons from the command line, against enumeration.
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/exploration/pareto_front.h"
#include "tests/model/exploration/program.h"
#include "tests/model/exploration/test_sweep.h"

namespace systerm {
namespace {

using nlohmann::json;
using testing::HasSubstr;

SweepTable table_of(const std::vector<std::vector<double>>& figures) {
  SweepTable table;
  table.name = "test";
  for (std::size_t i = 0; i < figures.front().size(); ++i) {
    table.columns.push_back({std::string(1, static_cast<char>('a' + i)), "", "", {}});
  }
  for (const auto& values : figures) {
    SweepRow row;
    row.status = SweepRow::Status::kDone;
    row.point = table.rows.size();
    row.cells.assign(values.begin(), values.end());
    table.rows.push_back(std::move(row));
  }
  return table;
}

TEST(ParetoFront, HoldsWhatNothingBeats) {
  const SweepTable table = table_of({{1, 9}, {2, 2}, {3, 3}, {9, 1}, {2, 2}, {2, 9}});
  const Objective objectives[] = {{"a", false}, {"b", false}};
  EXPECT_THAT(pareto_front(table, objectives), testing::ElementsAre(0, 1, 4, 3));
  const Objective opposite[] = {{"a", false}, {"b", true}};
  EXPECT_THAT(pareto_front(table, opposite), testing::ElementsAre(0));
}

TEST(ParetoFront, AgreesWithComparingAllPairs) {
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::vector<double>> figures;
    for (int i = 0; i < 60; ++i) {
      figures.push_back({static_cast<double>(random() % 12), static_cast<double>(random() % 12),
                         static_cast<double>(random() % 12)});
    }
    const SweepTable table = table_of(figures);
    const Objective objectives[] = {{"a", false}, {"b", true}, {"c", false}};
    std::set<std::size_t> expected;
    for (std::size_t i = 0; i < figures.size(); ++i) {
      bool is_beaten = false;
      for (const auto& other : figures) {
        const bool as_good =
            other[0] <= figures[i][0] && other[1] >= figures[i][1] && other[2] <= figures[i][2];
        is_beaten = is_beaten || (as_good && other != figures[i]);
      }
      if (!is_beaten) expected.insert(i);
    }
    const auto front = pareto_front(table, objectives);
    EXPECT_EQ(std::set<std::size_t>(front.begin(), front.end()), expected) << "seed " << seed;
  }
}

TEST(ParetoFront, RefusesWhatItDoesNotKnow) {
  const SweepTable table = table_of({{1, 2}});
  const Objective objectives[] = {{"total.cycels", false}};
  EXPECT_THROW(pareto_front(table, objectives), std::runtime_error);
  EXPECT_THROW(parse_objective("total.cycles:least"), std::invalid_argument);
}

const std::string kSpace = R"(axes:
  - {path: design.array.rows, range: {from: 1, to: 16, step: 1}}
  - {path: design.array.columns, range: {from: 1, to: 8, step: 1}}
constraints: [rows * columns <= 64]
derived: [{name: cells, value: rows * columns}]
search:
  population: 16
  generations: 12
  objectives: [total.cycles:min, total.utilisation:max]
  constraints: [total.bytes.dram.read > 0, columns >= 2]
)";

json searched(const StoredSweep& sweep, const std::string& store, const std::string& algorithm,
              const std::string& jobs) {
  // Progress goes to standard error, which the outcome holds too.
  const auto outcome = run_program({"sweep", "search", sweep.file(), "--store", sweep.store(store),
                                    "--algorithm", algorithm, "--jobs", jobs, "--json"});
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  const std::size_t begin = outcome.output.find("\n{");
  return json::parse(outcome.output.substr(begin == std::string::npos ? 0 : begin), nullptr, false);
}

class Search : public testing::TestWithParam<std::string> {};

TEST_P(Search, AsksForTheSamePointsForASeedWhateverTheStoreHolds) {
  const StoredSweep sweep{test_folder()};
  std::ofstream(sweep.file()) << kSmallBase << kSpace;
  const json first = searched(sweep, "first", GetParam(), "1");
  EXPECT_GT(first["front"].size(), 0U);
  EXPECT_EQ(searched(sweep, "second", GetParam(), "4"), first);
  EXPECT_EQ(searched(sweep, "first", GetParam(), "2"), first);
}

INSTANTIATE_TEST_SUITE_P(All, Search, testing::Values("maco", "moead", "nsga2", "nspso"));

TEST(Search, FindsPointsOfTheTrueFront) {
  const StoredSweep sweep{test_folder()};
  std::ofstream(sweep.file()) << kSmallBase << kSpace;
  const json found = searched(sweep, "store", "nsga2", "2");
  ASSERT_EQ(run_program(sweep.run()).status, 0);
  // All points that satisfy the constraints of the search.
  run_program({"sweep", "export", sweep.file(), "--store", sweep.store(), "--json",
               sweep.store("all.json")});
  const json all = json::parse(file_text(sweep.store("all.json")));
  std::map<std::string, std::size_t> column;
  for (const json& each : all["columns"]) column.emplace(each["name"], column.size());
  double least_cycles = 1e18;
  for (const json& row : all["rows"]) {
    if (row["values"][column["columns"]] < 2) continue;
    least_cycles = std::min(least_cycles, row["values"][column["total.cycles"]].get<double>());
  }
  EXPECT_EQ(found["front"][0]["objectives"]["total.cycles"].get<double>(), least_cycles);
  for (const json& point : found["front"]) {
    EXPECT_THAT(point["label"].get<std::string>(), testing::Not(HasSubstr("columns 1,")));
  }
}

TEST(Search, IsRefusedWithAllErrors) {
  const StoredSweep sweep{test_folder()};
  std::ofstream(sweep.file()) << kSmallBase << R"(axes: [{path: run.seed, values: [1, 2]}]
search: {algorithm: nsga3, population: 10, objectives: [total.cycles:mim], constraints: ["a >"]}
)";
  const auto outcome = run_program({"sweep", "search", sweep.file(), "--store", sweep.store()});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output, HasSubstr("did you mean 'nsga2'?"));
  EXPECT_THAT(outcome.output, HasSubstr("expected a multiple of 4"));
  EXPECT_THAT(outcome.output, HasSubstr("FIGURE:min or FIGURE:max"));
  EXPECT_THAT(outcome.output, HasSubstr("at least two objectives"));
  EXPECT_THAT(outcome.output, HasSubstr("in 'a >', column 4: expected a value"));
}

TEST(Pareto, SaysWhatLimitsEachDesign) {
  const StoredSweep sweep{test_folder()};
  std::ofstream(sweep.file()) << kSmallBase << kSpace;
  run_program(sweep.run());
  const auto outcome = run_program(
      {"pareto", sweep.store(), "--objective", "total.cycles:min", "--objective", "cells:min"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.output, HasSubstr("largest stall"));
  EXPECT_THAT(outcome.output, HasSubstr(" points with results are on the front"));
  const auto wrong = run_program(
      {"pareto", sweep.store(), "--objective", "total.cycels:min", "--objective", "cells:min"});
  EXPECT_EQ(wrong.status, 1);
  EXPECT_THAT(wrong.output, HasSubstr("did you mean 'total.cycles'?"));
}

TEST(Compare, TellsConfigurationAndFiguresApartAndFailsAboveALimit) {
  const StoredSweep sweep{test_folder()};
  std::ofstream(sweep.file()) << kSmallBase
                              << "axes: [{path: design.array.rows, values: [1, 8]}]\n";
  run_program(sweep.run());
  const auto files = sweep.files("points", ".json");
  ASSERT_EQ(files.size(), 2U);
  const std::string a = files[0].string();
  const std::string b = files[1].string();
  const auto same = run_program({"compare", a, a, "--fail-above", "0%"});
  EXPECT_EQ(same.status, 0);
  EXPECT_THAT(same.output, HasSubstr("0 figures differ"));
  EXPECT_EQ(run_program({"compare", a, b}).status, 0);
  const auto outcome = run_program({"compare", a, b, "--json"});
  const json difference = json::parse(outcome.output, nullptr, false);
  ASSERT_FALSE(difference.is_discarded()) << outcome.output;
  std::set<std::string> paths;
  for (const json& each : difference["configuration"]) paths.insert(each["path"]);
  EXPECT_TRUE(paths.contains("design.array.rows"));
  std::set<std::string> figures;
  for (const json& each : difference["figures"]) {
    figures.insert(each["layer"].get<std::string>() + "/" + each["figure"].get<std::string>());
  }
  EXPECT_TRUE(figures.contains("/total.cycles"));
  EXPECT_TRUE(figures.contains("a/cycles"));
  EXPECT_EQ(run_program({"compare", a, b, "--fail-above", "1%"}).status, 1);
  EXPECT_EQ(run_program({"compare", a, b, "--figure", "total.macs", "--fail-above", "1%"}).status,
            0);
  EXPECT_EQ(run_program({"compare", a, "/nonexistent"}).status, 1);
}

}  // namespace
}  // namespace systerm
