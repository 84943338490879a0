// SPDX-License-Identifier: Apache-2.0
#include "model/report/diagram_layout.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>

namespace systerm {

namespace {

using Neighbours = std::map<std::string_view, std::vector<std::string_view>>;

Neighbours neighbours_by_operands(std::span<const Connection> connections) {
  Neighbours neighbours;
  for (const Connection& each : connections) {
    if (!carries_operands(each)) continue;
    neighbours[each.from_unit].push_back(each.to_unit);
    neighbours[each.to_unit].push_back(each.from_unit);
  }
  return neighbours;
}

/// Hops from `start`; units out of reach are not there.
std::map<std::string_view, int> distances(const Neighbours& neighbours, std::string_view start) {
  std::map<std::string_view, int> distance = {{start, 0}};
  for (std::deque<std::string_view> open = {start}; !open.empty(); open.pop_front()) {
    const auto found = neighbours.find(open.front());
    if (found == neighbours.end()) continue;
    for (const std::string_view next : found->second) {
      if (distance.emplace(next, distance[open.front()] + 1).second) open.push_back(next);
    }
  }
  return distance;
}

class Columns {
 public:
  Columns(std::vector<PlacedUnit>& units, const Neighbours& neighbours)
      : units_(units), neighbours_(neighbours) {
    for (PlacedUnit& unit : units_) {
      by_name_[unit.name] = &unit;
      if (unit.column >= 0) columns_[unit.column].push_back(&unit);
    }
  }

  /// The fullest column stands evenly; the others follow their neighbours, outwards from it.
  void align() {
    if (columns_.empty()) return;
    const auto fullest = std::ranges::max_element(
        columns_, {}, [](const auto& column) { return column.second.size(); });
    for (std::size_t i = 0; i < fullest->second.size(); ++i) {
      fullest->second[i]->position = static_cast<double>(i);
    }
    const int middle = fullest->first;
    for (int column = middle - 1; columns_.contains(column); --column) follow(column, column + 1);
    for (int column = middle + 1; columns_.contains(column); ++column) follow(column, column - 1);
  }

 private:
  double mean_of_neighbours(const PlacedUnit& unit, int column) const {
    double sum = 0.0;
    int count = 0;
    for (const std::string_view name : neighbours_.at(unit.name)) {
      const PlacedUnit& other = *by_name_.at(name);
      if (other.column != column) continue;
      sum += other.position;
      ++count;
    }
    return count == 0 ? 0.0 : sum / count;
  }

  void follow(int column, int leader) {
    auto& units = columns_[column];
    for (PlacedUnit* unit : units) unit->position = mean_of_neighbours(*unit, leader);
    std::ranges::stable_sort(units, {}, &PlacedUnit::position);
    for (std::size_t i = 1; i < units.size(); ++i) {
      units[i]->position = std::max(units[i]->position, units[i - 1]->position + 1.0);
    }
  }

  std::vector<PlacedUnit>& units_;
  const Neighbours& neighbours_;
  std::map<std::string_view, PlacedUnit*> by_name_;
  std::map<int, std::vector<PlacedUnit*>> columns_;
};

}  // namespace

bool carries_operands(const Connection& connection) {
  return connection.kind == ConnectionKind::kMemoryMapped ||
         connection.kind == ConnectionKind::kTileStream;
}

std::vector<PlacedUnit> place_units(std::span<const Connection> connections,
                                    std::span<const std::string> units) {
  const Neighbours neighbours = neighbours_by_operands(connections);
  const auto distance = distances(neighbours, "dram");
  std::vector<PlacedUnit> placed;
  for (const std::string& unit : units) {
    const auto found = distance.find(unit);
    placed.push_back({unit, found == distance.end() ? -1 : found->second});
  }
  Columns(placed, neighbours).align();
  return placed;
}

}  // namespace systerm
