// SPDX-License-Identifier: Apache-2.0
// What all figures with axes have in common: room around the plot, grid lines, labels, a legend.
#pragma once

#include <string>
#include <vector>

#include "model/report/axis.h"
#include "model/report/svg_picture.h"

namespace systerm {

inline constexpr double kFigureWidth = 900;
inline constexpr std::string_view kGridStyle = R"(stroke="currentColor" stroke-opacity="0.15")";
inline constexpr std::string_view kAxisStyle = R"(stroke="currentColor" stroke-opacity="0.6")";

struct PlotArea {
  double left = 0.0;
  double top = 0.0;
  double right = 0.0;
  double bottom = 0.0;

  double x(const NumberAxis& axis, double value) const {
    return left + axis.share(value) * (right - left);
  }
  double y(const NumberAxis& axis, double value) const {
    return bottom - axis.share(value) * (bottom - top);
  }
};

struct LegendEntry {
  std::string name;
  std::string colour;
};

/// A name cut in the middle so that it is no wider than `width` pixels.
std::string shortened(const std::string& name, double font_size, double width);

/// Lines that a legend of these entries takes; each is kLegendLine high.
inline constexpr double kLegendLine = 18;
int legend_lines(const std::vector<LegendEntry>& entries, double width);
void draw_legend(SvgPicture& picture, const std::vector<LegendEntry>& entries, double left,
                 double top, double width);

/// Grid lines, ticks and the title of the lower axis.
void draw_lower_axis(SvgPicture& picture, const PlotArea& area, const NumberAxis& axis,
                     const std::string& title);
/// The same for the left axis.
void draw_left_axis(SvgPicture& picture, const PlotArea& area, const NumberAxis& axis,
                    const std::string& title);

}  // namespace systerm
