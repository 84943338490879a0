// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/search_evaluation.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "model/exploration/figures.h"
#include "workloads/document/nearest_name.h"

namespace systerm {
namespace {

/// More than the logarithm of any figure.
constexpr double kPenalty = 1e4;

double signed_logarithm(double value) {
  return std::copysign(std::log2(1.0 + std::fabs(value)), value);
}

bool dominates(const std::vector<double>& a, const std::vector<double>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
  }
  return a != b;
}

}  // namespace

std::optional<std::size_t> SearchEvaluation::point_of(Choices choices) {
  if (!plan_.space().admits(choices)) return std::nullopt;
  const auto known = points_.find(choices);
  if (known != points_.end()) return known->second;
  const auto point = plan_.add(choices);
  points_.emplace(std::move(choices), point);
  return point;
}

std::vector<std::vector<double>> SearchEvaluation::costs(const std::vector<Choices>& points) {
  std::vector<std::optional<std::size_t>> places;
  std::vector<std::size_t> wanted;
  for (const Choices& choices : points) {
    places.push_back(point_of(choices));
    if (places.back() && !figures_.contains(*places.back())) wanted.push_back(*places.back());
  }
  if (!wanted.empty()) {
    const SweepRunResult result = run_(wanted);
    if (result.interrupted || !result.broken.empty()) throw SearchStopped{result.broken};
  }
  std::vector<std::vector<double>> all;
  for (const auto& place : places) all.push_back(costs_of(place));
  return all;
}

const SearchEvaluation::Figures* SearchEvaluation::figures(std::size_t point) {
  if (const auto known = figures_.find(point); known != figures_.end()) return &known->second;
  const auto text = store_.result(plan_.points()[point].hash);
  if (!text) return nullptr;
  Figures figures;
  visit_figures(nlohmann::ordered_json::parse(*text),
                [&](const std::string& name, const nlohmann::ordered_json& value) {
                  figures.emplace(name, value.get<double>());
                });
  return &figures_.emplace(point, std::move(figures)).first->second;
}

double SearchEvaluation::figure(const Figures& figures, const std::string& name) const {
  const auto found = figures.find(name);
  if (found != figures.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& each : figures) names.push_back(each.first);
  throw std::runtime_error(
      fmt::format("results have no figure '{}'; {}", name, suggest_name(name, names)));
}

std::size_t SearchEvaluation::violations(std::size_t point, const Figures& figures) const {
  const Choices& choices = plan_.points()[point].choices;
  const auto axes = plan_.sweep().axes();
  const auto scope = [&](std::string_view name) -> ExpressionValue {
    const bool is_axis =
        std::any_of(axes.begin(), axes.end(), [&](const Axis* axis) { return axis->name == name; });
    if (is_axis) return plan_.space().value(name, choices);
    return figure(figures, std::string(name));
  };
  return static_cast<std::size_t>(
      std::count_if(settings_.constraints.begin(), settings_.constraints.end(),
                    [&](const Expression& each) { return !each.holds(scope, true); }));
}

std::vector<double> SearchEvaluation::costs_of(const std::optional<std::size_t>& point) {
  const Figures* found = point ? figures(*point) : nullptr;
  const std::size_t objectives = settings_.objectives.size();
  if (found == nullptr) {
    const auto worst = static_cast<double>(settings_.constraints.size() + 1);
    return std::vector<double>(objectives, kPenalty * worst);
  }
  const double penalty = kPenalty * static_cast<double>(violations(*point, *found));
  std::vector<double> costs;
  for (const Objective& objective : settings_.objectives) {
    const double value = signed_logarithm(figure(*found, objective.figure));
    costs.push_back((objective.is_maximised ? -value : value) + penalty);
  }
  return costs;
}

std::vector<std::size_t> SearchEvaluation::front() const {
  std::vector<std::pair<std::vector<double>, std::size_t>> candidates;
  for (const auto& [point, figures] : figures_) {
    if (violations(point, figures) > 0) continue;
    std::vector<double> costs;
    for (const Objective& objective : settings_.objectives) {
      const double value = figure(figures, objective.figure);
      costs.push_back(objective.is_maximised ? -value : value);
    }
    candidates.emplace_back(std::move(costs), point);
  }
  std::sort(candidates.begin(), candidates.end());
  std::vector<std::size_t> front;
  std::vector<const std::vector<double>*> costs;
  for (const auto& candidate : candidates) {
    const bool is_beaten = std::any_of(costs.begin(), costs.end(), [&](const auto* other) {
      return dominates(*other, candidate.first);
    });
    if (is_beaten) continue;
    front.push_back(candidate.second);
    costs.push_back(&candidate.first);
  }
  return front;
}

}  // namespace systerm
