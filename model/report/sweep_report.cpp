// SPDX-License-Identifier: Apache-2.0
#include "model/report/sweep_report.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "model/report/axis.h"
#include "model/report/layer_blocks.h"
#include "model/report/objectives.h"
#include "model/report/palette.h"
#include "model/report/scatter_figure.h"
#include "model/report/sweep_page_data.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

std::string words(std::string name) {
  std::ranges::replace(name, '_', ' ');
  return name;
}

std::string title_of(const SweepColumn& column) { return with_unit(column.name, column.unit); }

std::string cell_text(const Json& cell) {
  if (cell.is_null()) return "";
  if (cell.is_number_float()) return fmt::format("{:.5g}", cell.get<double>());
  return cell.is_string() ? cell.get<std::string>() : cell.dump();
}

/// What takes most cycles of a point: "busy", or the cause of a stall; with its share of them.
struct Limit {
  std::string cause = "busy";
  double share = 0.0;
};

Limit limit_of(const SweepTable& table, const SweepRow& row) {
  constexpr std::string_view kStalls = "total.stalls.";
  Limit limit;
  const auto cycles = table.find("total.cycles");
  if (!cycles || !row.cells[*cycles].is_number()) return limit;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const std::string& name = table.columns[i].name;
    const bool is_stall = name.starts_with(kStalls);
    if ((!is_stall && name != "total.busy") || !row.cells[i].is_number()) continue;
    const double share = row.cells[i].get<double>() / row.cells[*cycles].get<double>();
    if (share > limit.share) limit = {is_stall ? name.substr(kStalls.size()) : "busy", share};
  }
  return limit;
}

/// A busy array is limited by its cells.
std::string limit_name(const std::string& cause) {
  return cause == "busy" ? "compute" : words(cause);
}

std::string share_text(const Limit& limit) {
  return fmt::format("{} {:.1f} %", limit_name(limit.cause), 100.0 * limit.share);
}

/// The stall that costs most.
std::string stall_text(const SweepTable& table, const SweepRow& row) {
  const auto stall = table.find("total.stalls." + row.limited_by);
  const auto cycles = table.find("total.cycles");
  if (row.limited_by.empty() || !stall || !cycles) return "none";
  return share_text(
      {row.limited_by, row.cells[*stall].get<double>() / row.cells[*cycles].get<double>()});
}

/// Axes that differ between points.
std::vector<std::size_t> varying_axes(const SweepTable& table) {
  std::vector<std::size_t> axes;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].kind != SweepColumn::Kind::kAxis) continue;
    std::set<std::string> values;
    for (const SweepRow& row : table.rows) values.insert(row.cells[i].dump());
    if (values.size() > 1) axes.push_back(i);
  }
  return axes;
}

struct Objectives {
  std::size_t x = 0;
  std::size_t y = 0;
};

std::string front_table(const SweepTable& table, const Objectives& objectives,
                        const std::vector<std::size_t>& front) {
  std::vector<std::size_t> columns = varying_axes(table);
  columns.push_back(objectives.x);
  columns.push_back(objectives.y);
  std::vector<std::string> header = {"point"};
  for (const std::size_t column : columns) header.push_back(title_of(table.columns[column]));
  header.insert(header.end(), {"limited by", "largest stall"});
  HtmlRows rows;
  for (const std::size_t row : front) {
    std::vector<std::string> cells = {std::to_string(row)};
    for (const std::size_t column : columns) {
      cells.push_back(cell_text(table.rows[row].cells[column]));
    }
    cells.push_back(share_text(limit_of(table, table.rows[row])));
    cells.push_back(stall_text(table, table.rows[row]));
    rows.push_back(std::move(cells));
  }
  return html_table(header, rows);
}

/// Whether most points would stick to one side of a linear axis.
bool spans_decades(const SweepTable& table, std::size_t column) {
  constexpr double kWide = 20.0;
  double lowest = std::numeric_limits<double>::infinity();
  double highest = 0.0;
  for (const SweepRow& row : table.rows) {
    if (!row.cells[column].is_number()) continue;
    lowest = std::min(lowest, row.cells[column].get<double>());
    highest = std::max(highest, row.cells[column].get<double>());
  }
  return lowest > 0.0 && highest / lowest > kWide;
}

ScatterFigure scatter_of(const SweepTable& table, const Objectives& objectives,
                         const std::vector<std::size_t>& front) {
  ScatterFigure figure;
  figure.title = fmt::format("{}: {} designs", table.name, table.count(SweepRow::Status::kDone));
  figure.x = {title_of(table.columns[objectives.x]), spans_decades(table, objectives.x)};
  figure.y = {title_of(table.columns[objectives.y]), spans_decades(table, objectives.y)};
  std::map<std::string, ScatterSeries> by_limit;
  const auto point_of = [&](const SweepRow& row) {
    return ScatterPoint{
        row.cells[objectives.x].get<double>(), row.cells[objectives.y].get<double>(),
        fmt::format("point {}, limited by {}", row.point, share_text(limit_of(table, row)))};
  };
  for (const SweepRow& row : table.rows) {
    if (!row.cells[objectives.x].is_number() || !row.cells[objectives.y].is_number()) continue;
    ScatterSeries& series = by_limit[limit_of(table, row).cause];
    series.points.push_back(point_of(row));
  }
  for (auto& [limit, series] : by_limit) {
    series.name = limit_name(limit);
    series.colour = cause_colour(limit, figure.series.size());
    figure.series.push_back(std::move(series));
  }
  ScatterSeries line{"front", "#8794a8", {}, true, true};
  for (const std::size_t row : front) line.points.push_back(point_of(table.rows[row]));
  figure.series.push_back(std::move(line));
  return figure;
}

/// Best value of the first objective for every value of an axis.
ScatterFigure effect_of(const SweepTable& table, std::size_t axis, std::size_t figure_column) {
  const SweepColumn& column = table.columns[figure_column];
  const bool high = is_better_high(column.name);
  ScatterFigure figure;
  figure.title = fmt::format("Best {} for each {}", column.name, table.columns[axis].name);
  figure.x.title = title_of(table.columns[axis]);
  figure.y.title = title_of(column);
  std::map<double, double> best;
  for (const SweepRow& row : table.rows) {
    if (!row.cells[axis].is_number() || !row.cells[figure_column].is_number()) continue;
    const double value = row.cells[figure_column].get<double>();
    const auto [at, is_new] = best.emplace(row.cells[axis].get<double>(), value);
    if (!is_new) at->second = high ? std::max(at->second, value) : std::min(at->second, value);
  }
  ScatterSeries series{"", std::string(series_colour(0)), {}, true, true};
  for (const auto& [x, y] : best) series.points.push_back({x, y, short_number(y)});
  figure.series.push_back(std::move(series));
  return figure;
}

std::string static_charts(const SweepTable& table, const Objectives& objectives,
                          const std::vector<std::size_t>& front) {
  std::string markup =
      html_section("front", "The front, and what limits it",
                   "No other design is as good in both figures and better in one. What limits a "
                   "design is what takes most of its cycles: the work itself, or a stall.",
                   front_table(table, objectives, front)) +
      html_section("pareto", "All designs", "A dot a design, in the colour of what limits it.",
                   html_figure(scatter_picture(scatter_of(table, objectives, front))));
  std::string effects;
  for (const std::size_t axis : varying_axes(table)) {
    const ScatterFigure figure = effect_of(table, axis, objectives.y);
    if (figure.series.front().points.size() > 1) effects += html_figure(scatter_picture(figure));
  }
  return markup +
         (effects.empty() ? "" : html_section("effects", "Effect of each axis", "", effects));
}

/// One row for all points that failed in the same way.
std::string failures(const SweepTable& table) {
  struct Group {
    std::vector<std::size_t> points;
    const SweepRow* first = nullptr;
  };
  std::map<std::pair<std::string, std::string>, Group> groups;
  for (const SweepRow& row : table.rows) {
    if (row.status != SweepRow::Status::kFailed) continue;
    Group& group = groups[{row.reason, row.message}];
    if (group.first == nullptr) group.first = &row;
    group.points.push_back(row.point);
  }
  if (groups.empty()) return {};
  constexpr std::size_t kMostPoints = 20;
  HtmlRows rows;
  for (const auto& [what, group] : groups) {
    const auto shown = std::min(group.points.size(), kMostPoints);
    std::string points = fmt::format(
        "{}", fmt::join(group.points.begin(),
                        group.points.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
    if (shown < group.points.size()) points += ", ...";
    rows.push_back(
        {std::to_string(group.points.size()), what.first, what.second, group.first->log, points});
  }
  return html_section(
      "failures", "Failed points",
      "Points that failed in the same way share a row; the log is that of the first.",
      html_table({"points", "reason", "message", "log", "which"}, rows));
}

std::string provenance(const ResultStore& store, const SweepTable& table) {
  return html_section("provenance", "Provenance", "",
                      html_table({"", ""}, {{"sweep", table.name},
                                            {"points", std::to_string(table.rows.size())},
                                            {"program", table.program},
                                            {"store", store.folder().generic_string()}}));
}

}  // namespace

std::string sweep_report(const ResultStore& store, const FoldedSweep& folded,
                         const SweepReportOptions& options) {
  const SweepTable table = with_cells(folded.points);
  std::vector<std::string> names = options.objectives;
  for (const std::string& name : names) table.require(name);
  for (const std::string& name : default_objectives(table)) {
    if (names.size() < 2 && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  HtmlPage page;
  page.title = fmt::format("Sweep {}", table.name);
  page.subtitle = table.description;
  std::vector<std::string> notices;
  const std::size_t missing = table.count(SweepRow::Status::kMissing);
  if (missing > 0) {
    notices.push_back(
        fmt::format("{} of {} points have no result yet.", missing, table.rows.size()));
  }
  if (const auto coverage = table.find("coverage.macs")) {
    const auto partial = std::ranges::count_if(
        table.rows, [&](const SweepRow& row) { return row.cells[*coverage].is_number(); });
    notices.push_back(
        fmt::format("{} points leave operators out that are not modelled; column coverage.macs has "
                    "the share of the multiply-accumulates that their figures cover.",
                    partial));
  }
  page.body = html_notice(notices);
  const bool has_front = names.size() == 2;
  Objectives objectives;
  std::vector<std::size_t> front;
  if (has_front) {
    objectives = {*table.find(names[1]), *table.find(names[0])};
    front = pareto_rows(table, objectives.x, objectives.y);
  }
  page.body += "<div id=\"key-figures\" style=\"margin-top:16px\">" +
               html_key_figures({{"Points", std::to_string(table.rows.size())},
                                 {"Done", std::to_string(table.count(SweepRow::Status::kDone))},
                                 {"Failed", std::to_string(table.count(SweepRow::Status::kFailed))},
                                 {"On the front", std::to_string(front.size())}}) +
               "</div>\n<div id=\"charts\">\n";
  if (options.style == ReportStyle::kStatic && has_front) {
    page.body += static_charts(table, objectives, front);
  }
  page.body += "</div>\n" + failures(table) + provenance(store, table);
  if (options.style == ReportStyle::kStatic) return html_page(page, options.style, Json());
  page.blocks = layer_blocks(folded.layers, table.rows.size());
  return html_page(page, options.style, sweep_page_data(store, table, names, options.html));
}

}  // namespace systerm
