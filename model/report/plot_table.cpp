// SPDX-License-Identifier: Apache-2.0
#include "model/report/plot_table.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "model/exploration/figures.h"
#include "model/report/axis.h"
#include "workloads/document/nearest_name.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

/// The column called `name`, made with `rows` nulls if it is new.
PlotColumn& column_of(PlotTable& table, const std::string& name, std::size_t rows) {
  const auto found = std::ranges::find(table.columns, name, &PlotColumn::name);
  if (found != table.columns.end()) return *found;
  // Figures of a layer mean what those of the total do.
  table.columns.push_back({name, figure_unit("total." + name), std::vector<Json>(rows)});
  return table.columns.back();
}

}  // namespace

bool PlotColumn::is_text() const {
  return std::ranges::any_of(cells, [](const Json& cell) { return cell.is_string(); });
}

std::string PlotColumn::title() const { return with_unit(name, unit); }

const PlotColumn& PlotTable::require(std::string_view column) const {
  const auto found = std::ranges::find(columns, column, &PlotColumn::name);
  if (found != columns.end()) return *found;
  std::vector<std::string> names;
  for (const PlotColumn& each : columns) names.push_back(each.name);
  throw std::runtime_error(
      fmt::format("{} has no column '{}'; {}", name, column, suggest_name(column, names)));
}

PlotTable layers_plot_table(const Json& result) {
  PlotTable table{result.at("experiment").get<std::string>(), {}};
  const Json& layers = result.at("layers");
  for (std::size_t row = 0; row < layers.size(); ++row) {
    for (const char* key : {"name", "type", "format"}) {
      if (layers[row].contains(key)) {
        column_of(table, key, layers.size()).cells[row] = layers[row].at(key);
      }
    }
    visit_figures(layers[row], "", [&](const std::string& name, const Json& value) {
      column_of(table, name, layers.size()).cells[row] = value;
    });
  }
  return table;
}

PlotTable sweep_plot_table(const SweepTable& sweep) {
  PlotTable table{"sweep '" + sweep.name + "'", {}};
  for (std::size_t i = 0; i < sweep.columns.size(); ++i) {
    PlotColumn column{sweep.columns[i].name, sweep.columns[i].unit, {}};
    for (const SweepRow& row : sweep.rows) column.cells.push_back(row.cells[i]);
    table.columns.push_back(std::move(column));
  }
  PlotColumn limit{"limited_by", "", {}};
  for (const SweepRow& row : sweep.rows) {
    limit.cells.push_back(row.status == SweepRow::Status::kDone ? Json(row.limited_by) : Json());
  }
  table.columns.push_back(std::move(limit));
  return table;
}

}  // namespace systerm
