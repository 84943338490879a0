// SPDX-License-Identifier: Apache-2.0
#include "model/training/memory_picture.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "model/report/figure_frame.h"
#include "model/report/palette.h"

namespace systerm {

namespace {

constexpr double kPlotHeight = 320;
constexpr double kLegendWidth = kFigureWidth - 100;
constexpr std::array<MemoryClass, 6> kShown{MemoryClass::kBoundary,  MemoryClass::kStream,
                                            MemoryClass::kInternal,  MemoryClass::kGradient,
                                            MemoryClass::kStatistic, MemoryClass::kOutside};

/// A path along the upper edge of one layer of the stack and back along its lower edge.
std::string band(const PlotArea& area, const NumberAxis& steps, const NumberAxis& elements,
                 const std::vector<double>& lower, const std::vector<double>& upper) {
  std::string path;
  for (std::size_t i = 0; i < upper.size(); ++i) {
    const double y = area.y(elements, upper[i]);
    const auto at = static_cast<double>(i);
    path += fmt::format("{}{:.2f} {:.2f}L{:.2f} {:.2f}", i == 0 ? "M" : "L", area.x(steps, at), y,
                        area.x(steps, at + 1), y);
  }
  for (std::size_t i = upper.size(); i-- > 0;) {
    const double y = area.y(elements, lower[i]);
    const auto at = static_cast<double>(i);
    path +=
        fmt::format("L{:.2f} {:.2f}L{:.2f} {:.2f}", area.x(steps, at + 1), y, area.x(steps, at), y);
  }
  return path + "Z";
}

}  // namespace

SvgPicture memory_picture(const std::string& title, const ScheduledMemory& scheduled) {
  const auto& live = scheduled.memory.live;
  std::vector<MemoryClass> shown;
  std::vector<LegendEntry> legend;
  for (const MemoryClass each : kShown) {
    if (scheduled.memory.class_elements[index(each)] == 0) continue;
    shown.push_back(each);
    legend.push_back({std::string(to_string(each)), std::string(series_colour(index(each)))});
  }
  double most = 1;
  for (const auto& step : live) {
    double sum = 0;
    for (const MemoryClass each : shown) sum += static_cast<double>(step[index(each)]);
    most = std::max(most, sum);
  }
  const NumberAxis steps(0, static_cast<double>(live.size()), false);
  const NumberAxis elements(0, most, false);
  const double top = 40 + kLegendLine * legend_lines(legend, kLegendWidth);
  const PlotArea area{
      .left = 84, .top = top, .right = kFigureWidth - 24, .bottom = top + kPlotHeight};
  SvgPicture picture(kFigureWidth, area.bottom + 56, title);
  picture.text(area.left, 20, title, {.size = 14, .bold = true});
  draw_legend(picture, legend, area.left, 30, kLegendWidth);
  draw_lower_axis(picture, area, steps, "step of the iteration");
  draw_left_axis(picture, area, elements, "live elements");
  std::vector<double> lower(live.size(), 0.0);
  for (const MemoryClass each : shown) {
    std::vector<double> upper = lower;
    for (std::size_t i = 0; i < live.size(); ++i) {
      upper[i] += static_cast<double>(live[i][index(each)]);
    }
    picture.path(band(area, steps, elements, lower, upper),
                 fmt::format("fill=\"{}\"", series_colour(index(each))));
    lower = std::move(upper);
  }
  const auto& training = scheduled.training.steps;
  const auto loss = std::ranges::find(training, StepKind::kLoss, &TrainingStep::kind);
  const double turn = area.x(steps, static_cast<double>(loss - training.begin()));
  picture.line(turn, area.top, turn, area.bottom,
               R"(stroke="currentColor" stroke-dasharray="4 3")");
  picture.text(turn + 4, area.top + 12, "loss", {.size = 11});
  return picture;
}

}  // namespace systerm
