// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/sweep_table.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "workloads/document/nearest_name.h"

namespace systerm {

using Json = nlohmann::ordered_json;

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

void LayerTable::visit(const std::function<void(const Row&)>& visit) const {
  for (const PointLayers& each : points_) {
    for (const Json& layer : Json::from_cbor(each.layers)) {
      Row row{each.point, std::vector<Json>(columns.size())};
      for (std::size_t i = 0; i + 1 < layer.size(); i += 2) {
        row.cells[(*each.column_of)[layer[i].get<std::size_t>()]] = layer[i + 1];
      }
      visit(row);
    }
  }
}

void LayerTable::add(std::size_t point, std::vector<std::uint8_t> layers,
                     std::shared_ptr<const std::vector<std::size_t>> column_of) {
  points_.push_back({point, std::move(layers), std::move(column_of)});
}

}  // namespace systerm
