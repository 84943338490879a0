// SPDX-License-Identifier: Apache-2.0
#include "model/report/bar_figure.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "model/report/figure_frame.h"

namespace systerm {

namespace {

constexpr double kRowHeight = 18;
constexpr double kLabelSize = 12;
constexpr double kWidestLabel = 260;

/// The smallest and largest end of a bar that an axis must show.
std::pair<double, double> bounds(const BarFigure& figure) {
  double lowest = 0.0;
  double highest = 0.0;
  for (std::size_t row = 0; row < figure.categories.size(); ++row) {
    double sum = 0.0;
    for (const BarSeries& series : figure.series) {
      const double value = series.values[row];
      if (value > 0.0 && (lowest == 0.0 || value < lowest)) lowest = value;
      sum = figure.stacked ? sum + value : std::max(sum, value);
    }
    highest = std::max(highest, sum);
  }
  if (highest == 0.0) highest = 1.0;
  return {figure.logarithmic && !figure.stacked ? lowest : 0.0, highest};
}

void draw_row(SvgPicture& picture, const BarFigure& figure, const PlotArea& area,
              const NumberAxis& axis, std::size_t row) {
  const double top = area.top + static_cast<double>(row) * kRowHeight + 2;
  const double height = kRowHeight - 4;
  double begin = area.left;
  for (std::size_t i = 0; i < figure.series.size(); ++i) {
    const BarSeries& series = figure.series[i];
    const double value = series.values[row];
    const double width = area.x(axis, value) - area.left;
    if (value <= 0.0 || width <= 0.0) continue;
    const std::string tooltip =
        fmt::format("{}\n{}: {}", figure.categories[row], series.name, short_number(value));
    const std::string style = fmt::format(R"(fill="{}")", series.colour);
    if (figure.stacked) {
      picture.rect(begin, top, width, height, style, tooltip);
      begin += width;
    } else {
      const double part = height / static_cast<double>(figure.series.size());
      picture.rect(begin, top + part * static_cast<double>(i), width, part, style, tooltip);
    }
  }
}

}  // namespace

SvgPicture bar_picture(const BarFigure& figure) {
  double label_width = 40;
  for (const std::string& name : figure.categories) {
    label_width = std::max(label_width, text_width(name, kLabelSize));
  }
  label_width = std::min(label_width, kWidestLabel);

  std::vector<LegendEntry> entries;
  if (figure.series.size() > 1) {
    for (const BarSeries& series : figure.series) entries.push_back({series.name, series.colour});
  }
  const double legend_width = kFigureWidth - 20;
  const double top = 32 + kLegendLine * legend_lines(entries, legend_width);
  const double plot_height = kRowHeight * static_cast<double>(figure.categories.size());
  const PlotArea area{label_width + 18, top, kFigureWidth - 30, top + plot_height};
  SvgPicture picture(kFigureWidth, area.bottom + 48, figure.title);
  picture.text(10, 18, figure.title, {.size = 14, .bold = true});
  draw_legend(picture, entries, 10, 30, legend_width);

  const auto [lowest, highest] = bounds(figure);
  const NumberAxis axis(lowest, highest, figure.logarithmic && !figure.stacked);
  draw_lower_axis(picture, area, axis, figure.axis);
  for (std::size_t row = 0; row < figure.categories.size(); ++row) {
    const double middle = area.top + (static_cast<double>(row) + 0.5) * kRowHeight;
    picture.text(area.left - 8, middle + 4,
                 shortened(figure.categories[row], kLabelSize, label_width),
                 {.size = kLabelSize, .anchor = SvgPicture::Anchor::kEnd});
    draw_row(picture, figure, area, axis, row);
  }
  return picture;
}

}  // namespace systerm
