// SPDX-License-Identifier: Apache-2.0
// Points in a plane, with lines where asked for.
#pragma once

#include <string>
#include <vector>

#include "model/report/figure_frame.h"
#include "model/report/svg_picture.h"

namespace systerm {

struct ScatterPoint {
  double x = 0.0;
  double y = 0.0;
  std::string tooltip = {};
  double radius = 3.5;
};

struct ScatterSeries {
  std::string name;
  std::string colour;
  std::vector<ScatterPoint> points;
  bool joined = false;  ///< by a line, in their order
  bool marked = true;   ///< by dots
  bool dashed = false;  ///< the line
};

/// An axis that shows all points; zero belongs to one of which it is not far.
NumberAxis axis_across(const std::vector<ScatterSeries>& series, bool logarithmic);
NumberAxis axis_upwards(const std::vector<ScatterSeries>& series, bool logarithmic);

/// The series alone, within `area`. Points that the axes cannot show are left out.
void draw_series(SvgPicture& picture, const PlotArea& area, const NumberAxis& x,
                 const NumberAxis& y, const ScatterSeries& series);

/// Those that have a name.
std::vector<LegendEntry> legend_of(const std::vector<ScatterSeries>& series);

struct ScatterFigure {
  struct Axis {
    std::string title;  ///< with its unit
    bool logarithmic = false;
  };
  std::string title;
  Axis x;
  Axis y;
  std::vector<ScatterSeries> series;
};

/// Points that are not finite are left out, as are points without a logarithm on a logarithmic
/// axis; without any other the axis is linear.
SvgPicture scatter_picture(const ScatterFigure& figure);

}  // namespace systerm
