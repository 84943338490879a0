// SPDX-License-Identifier: Apache-2.0
#include "model/report/scatter_figure.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "model/report/figure_frame.h"

namespace systerm {

namespace {

constexpr double kHeight = 560;
/// More dots than that share one shape without tooltips, so that large pictures stay small.
constexpr std::size_t kMostTooltips = 2000;

double coordinate(const ScatterPoint& point, bool is_x) { return is_x ? point.x : point.y; }

NumberAxis axis_of(const ScatterFigure& figure, bool is_x) {
  const bool logarithmic = is_x ? figure.x.logarithmic : figure.y.logarithmic;
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -lowest;
  for (const ScatterSeries& series : figure.series) {
    for (const ScatterPoint& point : series.points) {
      const double value = coordinate(point, is_x);
      if (!std::isfinite(value) || (logarithmic && value <= 0.0)) continue;
      lowest = std::min(lowest, value);
      highest = std::max(highest, value);
    }
  }
  if (lowest > highest) return {0.0, 1.0, false};
  // Zero belongs to an axis of which it is not far.
  if (!logarithmic && lowest > 0.0 && lowest < 0.4 * highest) lowest = 0.0;
  return {lowest, highest, logarithmic};
}

struct Plot {
  PlotArea area;
  NumberAxis x;
  NumberAxis y;

  bool shows(const ScatterPoint& point) const {
    return std::isfinite(point.x) && std::isfinite(point.y) &&
           (!x.is_logarithmic() || point.x > 0.0) && (!y.is_logarithmic() || point.y > 0.0);
  }
};

void draw_series(SvgPicture& picture, const Plot& plot, const ScatterSeries& series) {
  const bool many = series.points.size() > kMostTooltips;
  std::string line;
  std::string dots;
  for (const ScatterPoint& point : series.points) {
    if (!plot.shows(point)) continue;
    const double x = plot.area.x(plot.x, point.x);
    const double y = plot.area.y(plot.y, point.y);
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
    picture.path(line, fmt::format(R"(stroke="{}" stroke-width="1.8" fill="none")", series.colour));
  }
}

}  // namespace

SvgPicture scatter_picture(const ScatterFigure& figure) {
  std::vector<LegendEntry> entries;
  for (const ScatterSeries& series : figure.series) {
    if (!series.name.empty()) entries.push_back({series.name, series.colour});
  }
  const double legend_width = kFigureWidth - 20;
  const double top = 36 + kLegendLine * legend_lines(entries, legend_width);
  const Plot plot{{84, top, kFigureWidth - 30, top + kHeight - 120},
                  axis_of(figure, true),
                  axis_of(figure, false)};
  SvgPicture picture(kFigureWidth, plot.area.bottom + 52, figure.title);
  picture.text(10, 18, figure.title, {.size = 14, .bold = true});
  draw_legend(picture, entries, 10, 30, legend_width);
  draw_lower_axis(picture, plot.area, plot.x, figure.x.title);
  draw_left_axis(picture, plot.area, plot.y, figure.y.title);
  for (const ScatterSeries& series : figure.series) draw_series(picture, plot, series);
  return picture;
}

}  // namespace systerm
