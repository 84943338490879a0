// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/sweep_table.h"

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/exploration/figures.h"
#include "workloads/document/nearest_name.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

/// Columns in the order in which figures first come.
class ColumnIndex {
 public:
  explicit ColumnIndex(std::vector<SweepColumn>& columns) : columns_(columns) {
    for (std::size_t i = 0; i < columns.size(); ++i) index_.emplace(columns[i].name, i);
  }

  std::size_t of(const std::string& name) {
    const auto [found, is_new] = index_.emplace(name, columns_.size());
    if (is_new) {
      columns_.push_back(
          {name, figure_unit(name), figure_description(name), SweepColumn::Kind::kFigure});
    }
    return found->second;
  }

  std::optional<std::size_t> find(const std::string& name) const {
    const auto found = index_.find(name);
    return found == index_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::vector<SweepColumn>& columns_;
  std::map<std::string, std::size_t, std::less<>> index_;
};

void put(std::vector<Json>& cells, std::size_t column, const Json& value) {
  if (cells.size() <= column) cells.resize(column + 1);
  cells[column] = value;
}

std::string largest_stall(const Json& document) {
  const Json* stalls = nullptr;
  if (document.contains("total") && document["total"].contains("stalls")) {
    stalls = &document["total"]["stalls"];
  }
  std::string largest;
  double most = 0.0;
  if (stalls == nullptr) return largest;
  for (const auto& [cause, cycles] : stalls->items()) {
    if (cycles.is_number() && cycles.get<double>() > most) {
      most = cycles.get<double>();
      largest = cause;
    }
  }
  return largest;
}

using Filter = bool (*)(int depth, Json::parse_event_t event, Json& value);

/// The result without what `filter` drops: most of it is layers, counters and provenance, and no
/// table needs them all.
Json parsed(const ResultStore& store, const std::string& hash, Filter filter) {
  const auto text = store.result(hash);
  return text ? Json::parse(*text, filter, false) : Json();
}

/// No figure lies in a list.
bool without_lists(int, Json::parse_event_t event, Json&) {
  return event != Json::parse_event_t::array_start;
}

bool layers_only(int depth, Json::parse_event_t event, Json& value) {
  return depth != 1 || event != Json::parse_event_t::key || value == "layers";
}

constexpr std::array<std::string_view, 3> kLayerTexts = {"name", "type", "format"};

void visit_layer_cells(const Json& layer, std::size_t position,
                       const std::function<void(const std::string&, const Json&)>& visit) {
  visit("layer", position);
  for (const std::string_view key : kLayerTexts) {
    if (const auto found = layer.find(key); found != layer.end()) visit(std::string(key), *found);
  }
  visit_figures(layer, "", visit);
}

}  // namespace

std::string_view to_string(SweepRow::Status status) {
  switch (status) {
    case SweepRow::Status::kDone:
      return "done";
    case SweepRow::Status::kFailed:
      return "failed";
    case SweepRow::Status::kMissing:
      return "missing";
  }
  return {};
}

std::string_view to_string(SweepColumn::Kind kind) {
  switch (kind) {
    case SweepColumn::Kind::kAxis:
      return "axis";
    case SweepColumn::Kind::kDerived:
      return "derived";
    case SweepColumn::Kind::kFigure:
      return "figure";
  }
  return {};
}

std::optional<std::size_t> SweepTable::find(std::string_view column) const {
  const auto found =
      std::find_if(columns.begin(), columns.end(),
                   [column](const SweepColumn& each) { return each.name == column; });
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

std::size_t SweepTable::require(std::string_view column) const {
  if (const auto found = find(column)) return *found;
  std::vector<std::string> names;
  for (const SweepColumn& each : columns) names.push_back(each.name);
  throw std::runtime_error(
      fmt::format("sweep '{}' has no '{}'; {}", name, column, suggest_name(column, names)));
}

std::size_t SweepTable::count(SweepRow::Status status) const {
  return static_cast<std::size_t>(std::count_if(
      rows.begin(), rows.end(), [status](const SweepRow& row) { return row.status == status; }));
}

SweepTable fold(const ResultStore& store, const SweepManifest& manifest) {
  SweepTable table{manifest.name, manifest.description, manifest.program, {}, {}};
  for (const SweepManifest::Column& column : manifest.columns) {
    table.columns.push_back(
        {column.name, column.unit, fmt::format("{}", fmt::join(column.paths, ", ")),
         column.is_derived ? SweepColumn::Kind::kDerived : SweepColumn::Kind::kAxis});
  }
  ColumnIndex columns(table.columns);
  for (std::size_t i = 0; i < manifest.points.size(); ++i) {
    const SweepManifest::Point& point = manifest.points[i];
    SweepRow row;
    row.point = i;
    row.hash = point.hash;
    row.cells = point.values;
    const Json document = parsed(store, point.hash, without_lists);
    if (document.is_object()) {
      row.status = SweepRow::Status::kDone;
      row.result = store.result_path(point.hash).lexically_relative(store.folder());
      row.limited_by = largest_stall(document);
      visit_figures(document, [&](const std::string& name, const Json& value) {
        put(row.cells, columns.of(name), value);
      });
    } else if (auto failure = store.failure(point.hash)) {
      row.status = SweepRow::Status::kFailed;
      row.reason = to_string(failure->reason);
      row.message = std::move(failure->message);
      row.log = std::move(failure->log);
    }
    table.rows.push_back(std::move(row));
  }
  for (SweepRow& row : table.rows) row.cells.resize(table.columns.size());
  return table;
}

LayerTable fold_layer_columns(const ResultStore& store, const SweepTable& table) {
  LayerTable layers;
  ColumnIndex columns(layers.columns);
  for (const SweepRow& row : table.rows) {
    if (row.status != SweepRow::Status::kDone) continue;
    const Json document = parsed(store, row.hash, layers_only);
    if (!document.contains("layers")) continue;
    for (const Json& layer : document["layers"]) {
      visit_layer_cells(layer, 0, [&](const std::string& name, const Json&) { columns.of(name); });
    }
  }
  return layers;
}

void visit_layers(const ResultStore& store, const SweepTable& table, const LayerTable& layers,
                  const std::function<void(const LayerTable::Row&)>& visit) {
  std::vector<SweepColumn> known = layers.columns;
  const ColumnIndex columns(known);
  for (const SweepRow& row : table.rows) {
    if (row.status != SweepRow::Status::kDone) continue;
    const Json document = parsed(store, row.hash, layers_only);
    if (!document.contains("layers")) continue;
    std::size_t position = 0;
    for (const Json& layer : document["layers"]) {
      LayerTable::Row cells{row.point, std::vector<Json>(known.size())};
      visit_layer_cells(layer, position++, [&](const std::string& name, const Json& value) {
        if (const auto column = columns.find(name)) cells.cells[*column] = value;
      });
      visit(cells);
    }
  }
}

}  // namespace systerm
