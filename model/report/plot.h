// SPDX-License-Identifier: Apache-2.0
// One picture of columns against each other.
#pragma once

#include <string>
#include <vector>

#include "model/report/plot_table.h"
#include "model/report/svg_picture.h"

namespace systerm {

struct PlotRequest {
  std::string x;
  std::vector<std::string> y;  ///< at least one
  std::string colour = {};     ///< empty for none
  std::string title = {};      ///< empty for one of the columns' names
  bool log_x = false;
  bool log_y = false;
  bool lines = false;  ///< joins points in the order of x
};

/// Bars for an x of texts, several y stacked; else dots. Throws std::runtime_error for unknown
/// columns and for what cannot be drawn.
SvgPicture plot(const PlotTable& table, const PlotRequest& request);

}  // namespace systerm
