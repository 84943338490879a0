// SPDX-License-Identifier: Apache-2.0
#include "model/report/objectives.h"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <utility>

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

std::string_view last_key(std::string_view name) { return name.substr(name.find_last_of('.') + 1); }

std::optional<double> number(const SweepRow& row, std::size_t column) {
  const Json& cell = row.cells[column];
  return cell.is_number() ? std::optional(cell.get<double>()) : std::nullopt;
}

/// A figure of numbers, not the same everywhere.
bool varies(const SweepTable& table, std::size_t column) {
  std::optional<double> first;
  for (const SweepRow& row : table.rows) {
    const auto value = number(row, column);
    if (!value) continue;
    if (first && *first != *value) return true;
    first = value;
  }
  return false;
}

void add_column(SweepTable& table, SweepColumn column, std::vector<Json> cells) {
  table.columns.push_back(std::move(column));
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    table.rows[i].cells.push_back(std::move(cells[i]));
  }
}

/// The axis or derived value that sets `path` of the experiment.
std::optional<std::size_t> setter_of(const SweepTable& table, std::string_view path) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const SweepColumn& column = table.columns[i];
    if (column.kind != SweepColumn::Kind::kFigure && column.description == path) return i;
  }
  return std::nullopt;
}

void add_cells(SweepTable& table) {
  const auto rows = setter_of(table, "design.array.rows");
  const auto columns = setter_of(table, "design.array.columns");
  if (!rows || !columns || table.find("cells")) return;
  std::vector<Json> cells;
  for (const SweepRow& row : table.rows) {
    const auto height = number(row, *rows);
    const auto width = number(row, *columns);
    cells.push_back(height && width ? Json(static_cast<std::int64_t>(*height * *width)) : Json());
  }
  add_column(table, {"cells", "", "rows x columns of the array", SweepColumn::Kind::kFigure},
             std::move(cells));
}

}  // namespace

bool is_better_high(std::string_view figure) {
  constexpr std::array<std::string_view, 10> kBetterHigh = {
      "utilisation", "top1",    "top5",      "accuracy",    "speedup",
      "correct",     "sqnr_db", "agreement", "energy_gain", "tops_per_watt"};
  return std::ranges::find(kBetterHigh, last_key(figure)) != kBetterHigh.end();
}

SweepTable with_cells(SweepTable table) {
  add_cells(table);
  return table;
}

std::vector<std::string> default_objectives(const SweepTable& table) {
  std::vector<std::string> varying;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].kind != SweepColumn::Kind::kFigure || !varies(table, i)) continue;
    varying.push_back(table.columns[i].name);
  }
  std::vector<std::string> objectives;
  const auto take_first = [&](auto wanted) {
    const auto is_new = [&](const std::string& name) {
      return wanted(name) && std::ranges::find(objectives, name) == objectives.end();
    };
    const auto found = std::ranges::find_if(varying, is_new);
    if (objectives.size() < 2 && found != varying.end()) objectives.push_back(*found);
  };
  take_first([](const std::string& name) { return name == "total.cycles"; });
  take_first([](const std::string& name) { return name == "accuracy"; });
  take_first([](const std::string& name) { return name == "area_total_mm2"; });
  take_first([](const std::string& name) { return name == "total.energy_total_pj"; });
  take_first([](const std::string& name) { return name == "cells"; });
  take_first([](const std::string& name) { return name == "total.bytes.dram.read"; });
  const auto any = [](const std::string&) { return true; };
  take_first(any);
  take_first(any);
  return objectives;
}

std::vector<std::size_t> pareto_rows(const SweepTable& table, std::size_t x, std::size_t y) {
  struct Candidate {
    double x;
    double y;
    std::size_t row;
  };
  const double x_sign = is_better_high(table.columns[x].name) ? -1.0 : 1.0;
  const double y_sign = is_better_high(table.columns[y].name) ? -1.0 : 1.0;
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const auto at_x = number(table.rows[i], x);
    const auto at_y = number(table.rows[i], y);
    if (at_x && at_y) candidates.push_back({x_sign * *at_x, y_sign * *at_y, i});
  }
  std::ranges::sort(candidates, [](const Candidate& a, const Candidate& b) {
    return std::tuple(a.x, a.y, a.row) < std::tuple(b.x, b.y, b.row);
  });
  std::vector<std::size_t> front;
  const Candidate* last = nullptr;
  for (const Candidate& each : candidates) {
    const bool is_equal = last != nullptr && each.x == last->x && each.y == last->y;
    if (last == nullptr || each.y < last->y || is_equal) {
      front.push_back(each.row);
      last = &each;
    }
  }
  return front;
}

}  // namespace systerm
