// SPDX-License-Identifier: Apache-2.0
#include "model/report/budget_figure.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "model/report/palette.h"
#include "model/report/scatter_figure.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kAccuracyHeight = 300;
constexpr double kCostHeight = 150;
constexpr double kGap = 30;
constexpr double kLegendWidth = kFigureWidth - 20;
constexpr const char* kReferenceColour = "#7f8790";

struct Panel {
  std::string key;  ///< of a row of the curve
  std::string title;
  double unit;  ///< what the values are divided by
  double height;
  bool is_cost = false;
};

bool has_numbers(const Json& curve, const char* key) {
  return std::ranges::any_of(
      curve, [&](const Json& row) { return row.contains(key) && row.at(key).is_number(); });
}

std::vector<Panel> panels_of(const Json& curve) {
  std::vector<Panel> panels;
  if (has_numbers(curve, "top1")) {
    panels.push_back({"top1", "top-1 (%)", 0.01, kAccuracyHeight});
  } else if (has_numbers(curve, "agreement")) {
    panels.push_back({"agreement", "agreement with float (%)", 0.01, kAccuracyHeight});
  } else {
    panels.push_back({"sqnr_db", "SQNR of the output (dB)", 1.0, kAccuracyHeight});
  }
  panels.push_back({"cycles", "cycles a sample", 1.0, kCostHeight, true});
  if (has_numbers(curve, "energy_pj")) {
    panels.push_back({"energy_pj", "energy a sample (uJ)", 1e6, kCostHeight, true});
  }
  return panels;
}

/// Costs far apart, as those of a baseline without term budgets, on a linear axis hide the rest.
bool is_wide(const std::vector<ScatterSeries>& all) {
  constexpr double kWide = 8.0;
  double lowest = std::numeric_limits<double>::infinity();
  double highest = 0.0;
  for (const ScatterSeries& series : all) {
    for (const ScatterPoint& point : series.points) {
      lowest = std::min(lowest, point.y);
      highest = std::max(highest, point.y);
    }
  }
  return lowest > 0.0 && highest > kWide * lowest;
}

std::set<int> values_of(const Json& curve, const std::string& key) {
  std::set<int> values;
  for (const Json& row : curve) {
    if (row.at(key).is_number()) values.insert(row.at(key).get<int>());
  }
  return values;
}

double value_of(const Json& row, const Panel& panel) {
  const auto found = row.find(panel.key);
  if (found == row.end() || !found->is_number()) return std::numeric_limits<double>::quiet_NaN();
  return found->get<double>() / panel.unit;
}

/// What lies across, and what tells the series apart.
struct Axes {
  std::string across;
  std::string series;
};

Axes axes_of(const Json& curve) {
  const bool one_budget = values_of(curve, "group_budget").size() < 2;
  return one_budget && values_of(curve, "data_terms").size() > 1
             ? Axes{"data_terms", "group_budget"}
             : Axes{"group_budget", "data_terms"};
}

std::string letter_of(std::string_view key) { return key == "group_budget" ? "k" : "s"; }

ScatterSeries level(std::string name, double value, const std::set<int>& across, bool dotted) {
  ScatterSeries series{std::move(name), kReferenceColour, {}, true, false, dotted};
  series.points = {{static_cast<double>(*across.begin()), value},
                   {static_cast<double>(*across.rbegin()), value}};
  return series;
}

std::vector<ScatterSeries> series_of(const Json& document, const Panel& panel, const Axes& axes) {
  const Json& curve = document.at("curve");
  std::vector<ScatterSeries> all;
  for (const int value : values_of(curve, axes.series)) {
    ScatterSeries series{fmt::format("{} {}", letter_of(axes.series), value),
                         std::string(series_colour(all.size())),
                         {},
                         true};
    for (const Json& row : curve) {
      if (row.at(axes.series) != value) continue;
      series.points.push_back({row.at(axes.across).get<double>(), value_of(row, panel),
                               row.at("label").get<std::string>()});
    }
    std::ranges::stable_sort(series.points, {}, &ScatterPoint::x);
    all.push_back(std::move(series));
  }
  const std::set<int> across = values_of(curve, axes.across);
  if (across.empty()) return all;
  for (const Json& row : curve) {
    if (row.at("label") != "baseline") continue;
    all.push_back(level("baseline (dashed)", value_of(row, panel), across, true));
  }
  if (panel.key == "top1" && document.at("float").at("top1").is_number()) {
    all.push_back(
        level("float network (solid)", value_of(document.at("float"), panel), across, false));
  }
  return all;
}

}  // namespace

SvgPicture budget_picture(const Json& document) {
  const Json& curve = document.at("curve");
  const std::vector<Panel> panels = panels_of(curve);
  const Axes axes = axes_of(curve);
  const std::vector<ScatterSeries> first = series_of(document, panels.front(), axes);
  const std::vector<LegendEntry> entries = legend_of(first);
  double top = 36 + kLegendLine * legend_lines(entries, kLegendWidth);
  double height = top + 22;
  for (const Panel& panel : panels) height += panel.height + kGap;

  const std::string title = fmt::format("{} on {}: accuracy and costs over term budgets",
                                        document.at("experiment").get<std::string>(),
                                        document.at("design").get<std::string>());
  SvgPicture picture(kFigureWidth, height, title);
  picture.text(10, 18, title, {.size = 14, .bold = true});
  draw_legend(picture, entries, 10, 30, kLegendWidth);
  const NumberAxis x = axis_across(first, false);
  for (const Panel& panel : panels) {
    const std::vector<ScatterSeries> all = series_of(document, panel, axes);
    const NumberAxis y = axis_upwards(all, panel.is_cost && is_wide(all));
    const PlotArea area{84, top, kFigureWidth - 30, top + panel.height};
    const bool is_last = panel.key == panels.back().key;
    draw_lower_axis(picture, area, x,
                    !is_last                        ? ""
                    : axes.across == "group_budget" ? "group budget k"
                                                    : "data terms s");
    draw_left_axis(picture, area, y, panel.title);
    for (const ScatterSeries& series : all) draw_series(picture, area, x, y, series);
    top += panel.height + kGap;
  }
  return picture;
}

}  // namespace systerm
