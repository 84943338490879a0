// SPDX-License-Identifier: Apache-2.0
// Horizontal bars, a row a category.
#pragma once

#include <string>
#include <vector>

#include "model/report/svg_picture.h"

namespace systerm {

struct BarSeries {
  std::string name;
  std::string colour;
  std::vector<double> values;  ///< by category; none is negative
};

struct BarFigure {
  std::string title;
  std::string axis;  ///< with its unit
  std::vector<std::string> categories;
  std::vector<BarSeries> series;  ///< with one name each in the legend, unless there is only one
  bool stacked = true;            ///< else side by side
  bool logarithmic = false;       ///< only side by side
};

SvgPicture bar_picture(const BarFigure& figure);

}  // namespace systerm
