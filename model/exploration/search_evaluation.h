// SPDX-License-Identifier: Apache-2.0
// What the points that a search asks for cost.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/exploration/search.h"

namespace systerm {

/// Thrown through the algorithm.
struct SearchStopped {
  std::string broken;  ///< empty if the user stopped it
};

class SearchEvaluation {
 public:
  using Run = std::function<SweepRunResult(const std::vector<std::size_t>& points)>;

  /// All of them must outlive the evaluation.
  SearchEvaluation(SweepPlan& plan, const ResultStore& store, const SearchSettings& settings,
                   Run run)
      : plan_(plan), store_(store), settings_(settings), run_(std::move(run)) {}

  std::size_t groups() const { return plan_.sweep().groups.size(); }
  std::size_t values(std::size_t group) const { return plan_.sweep().groups[group].size(); }
  std::size_t objectives() const { return settings_.objectives.size(); }

  /// For each point the costs by objective, to be minimised: the logarithm of the figure, so that
  /// figures of any size count alike. Runs what has no result yet. Throws SearchStopped, and
  /// std::runtime_error for a figure that results do not have.
  std::vector<std::vector<double>> costs(const std::vector<Choices>& points);

  /// See SearchResult.
  std::vector<std::size_t> front() const;
  std::size_t evaluated() const { return figures_.size(); }

 private:
  using Figures = std::map<std::string, double, std::less<>>;

  /// Nothing for a point that is not admitted or no valid experiment.
  std::optional<std::size_t> point_of(Choices choices);
  const Figures* figures(std::size_t point);
  std::size_t violations(std::size_t point, const Figures& figures) const;
  double figure(const Figures& figures, const std::string& name) const;
  std::vector<double> costs_of(const std::optional<std::size_t>& point);

  SweepPlan& plan_;
  const ResultStore& store_;
  const SearchSettings& settings_;
  Run run_;
  std::map<Choices, std::optional<std::size_t>> points_;  ///< asked for so far
  std::map<std::size_t, Figures> figures_;                ///< of points with a result
};

}  // namespace systerm
