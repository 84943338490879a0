// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/pareto_front.h"

#include <algorithm>
#include <stdexcept>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace systerm {
namespace {

struct Candidate {
  std::vector<double> costs;  ///< to be minimised, by objective
  std::size_t row = 0;

  friend bool operator<(const Candidate& a, const Candidate& b) {
    return std::tie(a.costs, a.row) < std::tie(b.costs, b.row);
  }
};

bool beats(const Candidate& a, const Candidate& b) {
  for (std::size_t i = 0; i < a.costs.size(); ++i) {
    if (a.costs[i] > b.costs[i]) return false;
  }
  return a.costs != b.costs;
}

}  // namespace

Objective parse_objective(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  Objective objective{text.substr(0, colon), false};
  const std::string goal = colon == std::string::npos ? "min" : text.substr(colon + 1);
  objective.is_maximised = goal == "max";
  if (objective.figure.empty() || (goal != "min" && goal != "max")) {
    throw std::invalid_argument(
        fmt::format("expected FIGURE:min or FIGURE:max, such as total.cycles:min; got '{}'", text));
  }
  return objective;
}

std::vector<std::size_t> pareto_front(const SweepTable& table,
                                      std::span<const Objective> objectives) {
  std::vector<std::size_t> columns;
  for (const Objective& each : objectives) columns.push_back(table.require(each.figure));
  std::vector<Candidate> candidates;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    if (table.rows[row].status != SweepRow::Status::kDone) continue;
    Candidate candidate{{}, row};
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto& cell = table.rows[row].cells[columns[i]];
      if (!cell.is_number()) break;
      candidate.costs.push_back(objectives[i].is_maximised ? -cell.get<double>()
                                                           : cell.get<double>());
    }
    if (candidate.costs.size() == columns.size()) candidates.push_back(std::move(candidate));
  }
  // In this order whoever is beaten is beaten by one that comes before and is on the front.
  std::sort(candidates.begin(), candidates.end());
  std::vector<Candidate> front;
  for (Candidate& candidate : candidates) {
    if (std::none_of(front.begin(), front.end(),
                     [&](const Candidate& other) { return beats(other, candidate); })) {
      front.push_back(std::move(candidate));
    }
  }
  std::vector<std::size_t> rows;
  for (const Candidate& candidate : front) rows.push_back(candidate.row);
  return rows;
}

}  // namespace systerm
