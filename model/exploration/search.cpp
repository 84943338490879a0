// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/search.h"

#include <algorithm>
#include <cmath>

#include "model/exploration/evolution.h"
#include "model/exploration/search_evaluation.h"
#include "model/late_library/late_library.h"

namespace systerm {
namespace {

const EvolutionAlgorithm& algorithm_of(const SearchSettings& settings) {
  return *std::find_if(
      kEvolutionAlgorithms.begin(), kEvolutionAlgorithms.end(),
      [&](const EvolutionAlgorithm& each) { return settings.algorithm == each.name; });
}

/// The variables are a whole number for each group of axes.
Evolution evolution_of(SearchEvaluation& evaluation, const SearchSettings& settings) {
  Evolution evolution{algorithm_of(settings),
                      static_cast<unsigned>(settings.population),
                      static_cast<unsigned>(settings.generations),
                      static_cast<unsigned>(settings.seed),
                      evaluation.objectives(),
                      {},
                      {}};
  for (std::size_t group = 0; group < evaluation.groups(); ++group) {
    const auto values = static_cast<double>(evaluation.values(group));
    // Without whole numbers the value is the whole part, and the end of the range the last one.
    evolution.upper.push_back(evolution.algorithm.takes_integers ? values - 1.0 : values);
  }
  evolution.costs = [&evaluation](const std::vector<double>& variables) {
    std::vector<Choices> points(variables.size() / evaluation.groups());
    for (std::size_t at = 0; at < variables.size(); ++at) {
      const std::size_t group = at % evaluation.groups();
      const double last = static_cast<double>(evaluation.values(group)) - 1.0;
      points[at / evaluation.groups()].push_back(
          static_cast<std::int32_t>(std::clamp(std::floor(variables[at]), 0.0, last)));
    }
    std::vector<double> all;
    for (const std::vector<double>& costs : evaluation.costs(points)) {
      all.insert(all.end(), costs.begin(), costs.end());
    }
    return all;
  };
  return evolution;
}

void evolve(const Evolution& evolution) {
  static auto* const function =
      LateLibrary(SYSTERM_LATE_LIBRARY).function<decltype(systerm_evolve)>("systerm_evolve");
  function(evolution);
}

}  // namespace

const std::vector<std::string>& search_algorithms() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const EvolutionAlgorithm& each : kEvolutionAlgorithms) all.emplace_back(each.name);
    return all;
  }();
  return names;
}

SearchResult run_search(SweepPlan& plan, const ResultStore& store, const SearchSettings& settings,
                        SweepRunOptions options, SweepObserver& observer,
                        const std::function<bool()>& stop_requested, const sigset_t& wait_mask) {
  const auto run = [&](const std::vector<std::size_t>& points) {
    options.points = points;
    return run_sweep(plan, store, options, observer, stop_requested, wait_mask);
  };
  SearchEvaluation evaluation(plan, store, settings, run);
  SearchResult result;
  try {
    evolve(evolution_of(evaluation, settings));
  } catch (const SearchStopped& stopped) {
    result.interrupted = stopped.broken.empty();
    result.broken = stopped.broken;
  }
  result.front = evaluation.front();
  result.evaluated = evaluation.evaluated();
  return result;
}

}  // namespace systerm
