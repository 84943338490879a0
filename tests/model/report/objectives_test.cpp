// SPDX-License-Identifier: Apache-2.0
#include "model/report/objectives.h"

#include <algorithm>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace systerm {
namespace {

using testing::ElementsAre;
using Json = nlohmann::ordered_json;
using Kind = SweepColumn::Kind;

SweepTable table_of(std::vector<SweepColumn> columns, const std::vector<std::vector<Json>>& rows) {
  SweepTable table{"sweep", "", "", std::move(columns), {}};
  for (const auto& cells : rows) {
    SweepRow row;
    row.point = table.rows.size();
    row.status = SweepRow::Status::kDone;
    row.cells = cells;
    table.rows.push_back(std::move(row));
  }
  return table;
}

SweepTable two_figures(const std::vector<std::vector<Json>>& rows, const std::string& y = "y") {
  return table_of({{"x", "", "", Kind::kFigure}, {y, "", "", Kind::kFigure}}, rows);
}

TEST(ParetoRows, KeepsWhatNoOtherRowBetters) {
  EXPECT_THAT(pareto_rows(two_figures({{3, 1}, {1, 3}, {2, 2}, {2, 3}, {3, 3}}), 0, 1),
              ElementsAre(1, 2, 0));
}

TEST(ParetoRows, KeepsEqualRowsTogether) {
  EXPECT_THAT(pareto_rows(two_figures({{1, 1}, {1, 1}, {1, 2}}), 0, 1), ElementsAre(0, 1));
}

TEST(ParetoRows, TakesSomeFiguresUpwards) {
  EXPECT_TRUE(is_better_high("total.utilisation"));
  EXPECT_TRUE(is_better_high("speedup"));
  EXPECT_FALSE(is_better_high("total.cycles"));
  EXPECT_THAT(pareto_rows(two_figures({{1, 0.5}, {2, 0.9}, {3, 0.7}}, "accuracy.top1"), 0, 1),
              ElementsAre(0, 1));
}

TEST(ParetoRows, LeavesOutRowsWithoutFigures) {
  EXPECT_THAT(pareto_rows(two_figures({{nullptr, 1}, {2, nullptr}, {5, 5}}), 0, 1), ElementsAre(2));
}

TEST(ParetoRows, AgreesWithComparingAllPairs) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::vector<Json>> rows;
    for (int i = 0; i < 60; ++i) rows.push_back({random() % 20, random() % 20});
    auto front = pareto_rows(two_figures(rows), 0, 1);
    std::sort(front.begin(), front.end());
    std::vector<std::size_t> expected;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const bool bettered = std::any_of(rows.begin(), rows.end(), [&](const auto& other) {
        return other[0] <= rows[i][0] && other[1] <= rows[i][1] && other != rows[i];
      });
      if (!bettered) expected.push_back(i);
    }
    EXPECT_EQ(front, expected);
  }
}

TEST(Cells, AreRowsTimesColumnsWhereAxesSetBoth) {
  const SweepColumn rows{"rows", "", "design.array.rows", Kind::kAxis};
  const SweepColumn columns{"columns", "", "design.array.columns", Kind::kAxis};
  const SweepTable table = with_cells(table_of({rows, columns}, {{16, 32}}));
  EXPECT_EQ(table.rows[0].cells[table.require("cells")], 512);
  EXPECT_FALSE(with_cells(table_of({rows}, {{16}})).find("cells"));
}

TEST(DefaultObjectives, AreCyclesAndWhatTheyCost) {
  const std::vector<SweepColumn> columns = {{"rows", "", "design.array.rows", Kind::kAxis},
                                            {"columns", "", "design.array.columns", Kind::kAxis},
                                            {"samples", "", "", Kind::kFigure},
                                            {"total.cycles", "cycle", "", Kind::kFigure},
                                            {"total.bytes.dram.read", "B", "", Kind::kFigure}};
  const std::vector<std::vector<Json>> rows = {{16, 16, 1, 900, 10}, {32, 16, 1, 500, 20}};
  EXPECT_THAT(default_objectives(table_of(columns, rows)),
              ElementsAre("total.cycles", "total.bytes.dram.read"));
  EXPECT_THAT(default_objectives(with_cells(table_of(columns, rows))),
              ElementsAre("total.cycles", "cells"));
  auto priced = columns;
  priced.push_back({"total.energy_total_pj", "pJ", "", Kind::kFigure});
  EXPECT_THAT(default_objectives(
                  with_cells(table_of(priced, {{16, 16, 1, 900, 10, 5}, {32, 16, 1, 500, 20, 6}}))),
              ElementsAre("total.cycles", "total.energy_total_pj"));
}

TEST(DefaultObjectives, AreFewerWhereFiguresDoNotDiffer) {
  EXPECT_THAT(default_objectives(two_figures({{1, 1}, {1, 2}})), ElementsAre("y"));
  EXPECT_THAT(default_objectives(two_figures({{1, 1}})), ElementsAre());
}

}  // namespace
}  // namespace systerm
