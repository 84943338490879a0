// SPDX-License-Identifier: Apache-2.0
// Named columns to plot: the layers of a run, or the points of a sweep.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/exploration/sweep_table.h"

namespace systerm {

struct PlotColumn {
  std::string name;
  std::string unit;
  std::vector<nlohmann::ordered_json> cells;  ///< by row: number, text or null

  bool is_text() const;
  /// The name with its unit.
  std::string title() const;
};

struct PlotTable {
  std::string name;
  std::vector<PlotColumn> columns;

  /// Throws std::runtime_error with the nearest name if there is none.
  const PlotColumn& require(std::string_view column) const;
};

/// A row a layer of a result document; columns are named as in result.json, joined by dots.
PlotTable layers_plot_table(const nlohmann::ordered_json& result);
/// A row a point, with `limited_by`.
PlotTable sweep_plot_table(const SweepTable& table);

}  // namespace systerm
