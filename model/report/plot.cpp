// SPDX-License-Identifier: Apache-2.0
#include "model/report/plot.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/report/axis.h"
#include "model/report/bar_figure.h"
#include "model/report/palette.h"
#include "model/report/scatter_figure.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostColours = 24;
/// Numbers with more values than that are shown on a scale.
constexpr std::size_t kMostNumbersByName = 8;
constexpr std::size_t kScaleSteps = 6;

double number(const Json& cell) {
  return cell.is_number() ? cell.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

std::string text(const Json& cell) {
  if (cell.is_string()) return cell.get<std::string>();
  return cell.is_number() ? short_number(cell.get<double>()) : std::string();
}

void require_numbers(const PlotColumn& column, const char* option) {
  if (column.is_text()) {
    throw std::runtime_error(
        fmt::format("{} {}: is text; expected a column of numbers", option, column.name));
  }
}

/// How rows are coloured: the name and colour of each group, and the group of each row.
struct Grouping {
  std::vector<std::string> names;
  std::vector<std::string> colours;
  std::vector<std::size_t> group_of;
};

Grouping by_name(const PlotColumn& column) {
  // Numbers in their order, texts as they come.
  std::vector<Json> values;
  for (const Json& cell : column.cells) {
    if (!cell.is_null() && std::ranges::find(values, cell) == values.end()) values.push_back(cell);
  }
  if (!column.is_text()) std::ranges::sort(values, {}, number);
  if (values.size() > kMostColours) {
    throw std::runtime_error(
        fmt::format("--color {}: takes {} values; more than {} colours cannot be told apart",
                    column.name, values.size(), kMostColours));
  }
  Grouping grouping;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string name = text(values[i]);
    grouping.names.push_back(column.is_text() ? name : fmt::format("{} {}", column.name, name));
    grouping.colours.emplace_back(column.is_text() ? cause_colour(name, i) : series_colour(i));
  }
  for (const Json& cell : column.cells) {
    grouping.group_of.push_back(
        static_cast<std::size_t>(std::ranges::find(values, cell) - values.begin()));
  }
  return grouping;
}

Grouping by_scale(const PlotColumn& column) {
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -lowest;
  for (const Json& cell : column.cells) {
    if (!cell.is_number()) continue;
    lowest = std::min(lowest, number(cell));
    highest = std::max(highest, number(cell));
  }
  const double step = (highest - lowest) / static_cast<double>(kScaleSteps);
  Grouping grouping;
  for (std::size_t i = 0; i < kScaleSteps; ++i) {
    const double from = lowest + step * static_cast<double>(i);
    grouping.names.push_back(fmt::format("{} {} to {}", i == 0 ? column.title() : std::string(),
                                         short_number(from), short_number(from + step)));
    grouping.colours.emplace_back(
        scale_colour((static_cast<double>(i) + 0.5) / static_cast<double>(kScaleSteps)));
  }
  for (const Json& cell : column.cells) {
    const double share = cell.is_number() ? (number(cell) - lowest) / step : -1.0;
    grouping.group_of.push_back(
        share < 0.0 ? kScaleSteps : std::min(kScaleSteps - 1, static_cast<std::size_t>(share)));
  }
  return grouping;
}

Grouping grouped(const PlotColumn& column) {
  std::set<double> numbers;
  for (const Json& cell : column.cells) {
    if (cell.is_number()) numbers.insert(number(cell));
  }
  return column.is_text() || numbers.size() <= kMostNumbersByName ? by_name(column)
                                                                  : by_scale(column);
}

std::string common_title(const std::vector<const PlotColumn*>& columns) {
  if (columns.size() == 1) return columns.front()->title();
  const std::string& unit = columns.front()->unit;
  for (const PlotColumn* each : columns) {
    if (each->unit != unit) {
      throw std::runtime_error(fmt::format("--y {} and {} have different units; plot them apart",
                                           columns.front()->title(), each->title()));
    }
  }
  return with_unit("", unit);
}

SvgPicture bars(const PlotTable& table, const PlotRequest& request,
                const std::vector<const PlotColumn*>& y) {
  if (request.log_x || request.lines) {
    throw std::runtime_error(fmt::format(
        "--x {}: is text, so bars are drawn: --log-x and --lines do not apply", request.x));
  }
  BarFigure figure;
  figure.title = request.title;
  figure.axis = common_title(y);
  figure.stacked = y.size() > 1 || !request.colour.empty();
  figure.logarithmic = request.log_y;
  if (figure.stacked && figure.logarithmic) {
    throw std::runtime_error("--log-y: stacked and coloured bars have no logarithmic axis");
  }
  for (const Json& cell : table.require(request.x).cells) figure.categories.push_back(text(cell));
  const auto value_of = [](const PlotColumn& column, std::size_t row) {
    const double value = number(column.cells[row]);
    return std::isfinite(value) ? std::max(value, 0.0) : 0.0;
  };
  const std::size_t rows = figure.categories.size();
  if (!request.colour.empty()) {
    const Grouping grouping = grouped(table.require(request.colour));
    for (std::size_t group = 0; group < grouping.names.size(); ++group) {
      BarSeries series{grouping.names[group], grouping.colours[group], std::vector<double>(rows)};
      for (std::size_t row = 0; row < rows; ++row) {
        if (grouping.group_of[row] == group) series.values[row] = value_of(*y.front(), row);
      }
      figure.series.push_back(std::move(series));
    }
    return bar_picture(figure);
  }
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::string last = y[i]->name.substr(y[i]->name.find_last_of('.') + 1);
    BarSeries series{y[i]->name, std::string(cause_colour(last, i)), {}};
    for (std::size_t row = 0; row < rows; ++row) series.values.push_back(value_of(*y[i], row));
    figure.series.push_back(std::move(series));
  }
  return bar_picture(figure);
}

/// What a dot is, for its tooltip.
std::string row_name(const PlotTable& table, std::size_t row) {
  const auto name = std::ranges::find(table.columns, "name", &PlotColumn::name);
  return name == table.columns.end() ? fmt::format("point {}", row) : text(name->cells[row]);
}

SvgPicture dots(const PlotTable& table, const PlotRequest& request,
                const std::vector<const PlotColumn*>& y) {
  const PlotColumn& x = table.require(request.x);
  ScatterFigure figure;
  figure.title = request.title;
  figure.x = {x.title(), request.log_x};
  figure.y = {common_title(y), request.log_y};
  const auto point_of = [&](const PlotColumn& column, std::size_t row) {
    return ScatterPoint{number(x.cells[row]), number(column.cells[row]), row_name(table, row)};
  };
  if (!request.colour.empty()) {
    const Grouping grouping = grouped(table.require(request.colour));
    for (std::size_t group = 0; group < grouping.names.size(); ++group) {
      figure.series.push_back(
          {grouping.names[group], grouping.colours[group], {}, request.lines, true});
    }
    for (std::size_t row = 0; row < x.cells.size(); ++row) {
      if (grouping.group_of[row] >= figure.series.size()) continue;
      figure.series[grouping.group_of[row]].points.push_back(point_of(*y.front(), row));
    }
  } else {
    for (std::size_t i = 0; i < y.size(); ++i) {
      ScatterSeries series{
          y.size() > 1 ? y[i]->name : "", std::string(series_colour(i)), {}, request.lines, true};
      for (std::size_t row = 0; row < x.cells.size(); ++row) {
        series.points.push_back(point_of(*y[i], row));
      }
      figure.series.push_back(std::move(series));
    }
  }
  if (request.lines) {
    for (ScatterSeries& series : figure.series) {
      std::erase_if(series.points, [](const ScatterPoint& point) { return std::isnan(point.x); });
      std::ranges::stable_sort(series.points, {}, &ScatterPoint::x);
    }
  }
  return scatter_picture(figure);
}

}  // namespace

SvgPicture plot(const PlotTable& table, const PlotRequest& request) {
  const PlotColumn& x = table.require(request.x);
  std::vector<const PlotColumn*> y;
  for (const std::string& name : request.y) {
    y.push_back(&table.require(name));
    require_numbers(*y.back(), "--y");
  }
  if (!request.colour.empty()) {
    table.require(request.colour);
    if (y.size() > 1) throw std::runtime_error("--color: goes with one --y only");
  }
  PlotRequest titled = request;
  if (titled.title.empty()) {
    titled.title = fmt::format("{}: {}", table.name, fmt::join(request.y, ", "));
    if (!x.is_text()) titled.title += " by " + request.x;
  }
  return x.is_text() ? bars(table, titled, y) : dots(table, titled, y);
}

}  // namespace systerm
