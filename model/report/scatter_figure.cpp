// SPDX-License-Identifier: Apache-2.0
#include "model/report/scatter_figure.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace systerm {

namespace {

constexpr double kHeight = 560;
/// More dots than that share one shape without tooltips, so that large pictures stay small.
constexpr std::size_t kMostTooltips = 2000;

double coordinate(const ScatterPoint& point, bool is_x) { return is_x ? point.x : point.y; }

NumberAxis axis_of(const std::vector<ScatterSeries>& all, bool is_x, bool logarithmic) {
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -lowest;
  for (const ScatterSeries& series : all) {
    for (const ScatterPoint& point : series.points) {
      const double value = coordinate(point, is_x);
      if (!std::isfinite(value) || (logarithmic && value <= 0.0)) continue;
      lowest = std::min(lowest, value);
      highest = std::max(highest, value);
    }
  }
  if (lowest > highest) return {0.0, 1.0, false};
  if (!logarithmic && lowest > 0.0 && lowest < 0.4 * highest) lowest = 0.0;
  return {lowest, highest, logarithmic};
}

bool shows(const NumberAxis& axis, double value) {
  return std::isfinite(value) && (!axis.is_logarithmic() || value > 0.0);
}

}  // namespace

NumberAxis axis_across(const std::vector<ScatterSeries>& series, bool logarithmic) {
  return axis_of(series, true, logarithmic);
}

NumberAxis axis_upwards(const std::vector<ScatterSeries>& series, bool logarithmic) {
  return axis_of(series, false, logarithmic);
}

void draw_series(SvgPicture& picture, const PlotArea& area, const NumberAxis& x_axis,
                 const NumberAxis& y_axis, const ScatterSeries& series) {
  const bool many = series.points.size() > kMostTooltips;
  std::string line;
  std::string dots;
  for (const ScatterPoint& point : series.points) {
    if (!shows(x_axis, point.x) || !shows(y_axis, point.y)) continue;
    const double x = area.x(x_axis, point.x);
    const double y = area.y(y_axis, point.y);
    line += fmt::format("{}{:.1f} {:.1f}", line.empty() ? "M" : "L", x, y);
    if (!series.marked) continue;
    if (many) {
      dots += fmt::format("M{:.1f} {:.1f}h0", x, y);
    } else {
      picture.circle(x, y, point.radius,
                     fmt::format(R"(fill="{}" fill-opacity="0.8")", series.colour), point.tooltip);
    }
  }
  if (!dots.empty()) {
    picture.path(dots, fmt::format(R"(stroke="{}" stroke-width="4" stroke-linecap="round")"
                                   R"( stroke-opacity="0.5" fill="none")",
                                   series.colour));
  }
  if (series.joined && !line.empty()) {
    picture.path(line, fmt::format(R"(stroke="{}" stroke-width="1.8" fill="none"{})", series.colour,
                                   series.dashed ? R"( stroke-dasharray="6 4")" : ""));
  }
}

std::vector<LegendEntry> legend_of(const std::vector<ScatterSeries>& series) {
  std::vector<LegendEntry> entries;
  for (const ScatterSeries& each : series) {
    if (!each.name.empty()) entries.push_back({each.name, each.colour});
  }
  return entries;
}

SvgPicture scatter_picture(const ScatterFigure& figure) {
  const std::vector<LegendEntry> entries = legend_of(figure.series);
  const double legend_width = kFigureWidth - 20;
  const double top = 36 + kLegendLine * legend_lines(entries, legend_width);
  const PlotArea area{84, top, kFigureWidth - 30, top + kHeight - 120};
  const NumberAxis x = axis_across(figure.series, figure.x.logarithmic);
  const NumberAxis y = axis_upwards(figure.series, figure.y.logarithmic);
  SvgPicture picture(kFigureWidth, area.bottom + 52, figure.title);
  picture.text(10, 18, figure.title, {.size = 14, .bold = true});
  draw_legend(picture, entries, 10, 30, legend_width);
  draw_lower_axis(picture, area, x, figure.x.title);
  draw_left_axis(picture, area, y, figure.y.title);
  for (const ScatterSeries& series : figure.series) draw_series(picture, area, x, y, series);
  return picture;
}

}  // namespace systerm
