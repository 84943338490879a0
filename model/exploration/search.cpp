// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/search.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <pagmo/algorithms/maco.hpp>
#include <pagmo/algorithms/moead.hpp>
#include <pagmo/algorithms/nsga2.hpp>
#include <pagmo/algorithms/nspso.hpp>
#include <pagmo/batch_evaluators/member_bfe.hpp>
#include <pagmo/bfe.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>

#include "model/exploration/search_evaluation.h"

namespace systerm {
namespace {

/// What pagmo sees of a sweep: a whole number for each group of axes. Copies share the evaluation.
class SweepProblem {
 public:
  SweepProblem() = default;
  SweepProblem(std::shared_ptr<SearchEvaluation> evaluation, bool takes_integers)
      : evaluation_(std::move(evaluation)), takes_integers_(takes_integers) {}

  pagmo::vector_double fitness(const pagmo::vector_double& variables) const {
    return evaluation_->costs({choices_of(variables.data())}).front();
  }

  pagmo::vector_double batch_fitness(const pagmo::vector_double& variables) const {
    const std::size_t size = evaluation_->groups();
    std::vector<Choices> points;
    for (std::size_t at = 0; at < variables.size(); at += size) {
      points.push_back(choices_of(variables.data() + at));
    }
    pagmo::vector_double all;
    for (const std::vector<double>& costs : evaluation_->costs(points)) {
      all.insert(all.end(), costs.begin(), costs.end());
    }
    return all;
  }

  std::pair<pagmo::vector_double, pagmo::vector_double> get_bounds() const {
    const std::size_t size = evaluation_->groups();
    pagmo::vector_double upper;
    for (std::size_t group = 0; group < size; ++group) {
      const auto values = static_cast<double>(evaluation_->values(group));
      // Without whole numbers the value is the whole part, and the end of the range the last one.
      upper.push_back(takes_integers_ ? values - 1.0 : values);
    }
    return {pagmo::vector_double(size, 0.0), upper};
  }

  pagmo::vector_double::size_type get_nobj() const { return evaluation_->objectives(); }
  pagmo::vector_double::size_type get_nix() const {
    return takes_integers_ ? evaluation_->groups() : 0;
  }

 private:
  Choices choices_of(const double* variables) const {
    Choices choices;
    for (std::size_t group = 0; group < evaluation_->groups(); ++group) {
      const double last = static_cast<double>(evaluation_->values(group)) - 1.0;
      choices.push_back(
          static_cast<std::int32_t>(std::clamp(std::floor(variables[group]), 0.0, last)));
    }
    return choices;
  }

  std::shared_ptr<SearchEvaluation> evaluation_;
  bool takes_integers_ = false;
};

struct NamedAlgorithm {
  const char* name;
  bool takes_integers;
  pagmo::algorithm (*make)(const SearchSettings&);
};

/// Those that evaluate a generation at once are handed a batch evaluator.
template <typename Algorithm>
pagmo::algorithm in_batches(Algorithm algorithm) {
  algorithm.set_bfe(pagmo::bfe(pagmo::member_bfe()));
  return pagmo::algorithm(std::move(algorithm));
}

const std::vector<NamedAlgorithm>& algorithms() {
  static const std::vector<NamedAlgorithm> all = {
      {"maco", true,
       [](const SearchSettings& s) {
         const auto generations = static_cast<unsigned>(s.generations);
         // pagmo's own defaults apart from generations and seed.
         return in_batches(pagmo::maco(generations,
                                       std::min(63U, static_cast<unsigned>(s.population)), 1.0, 1U,
                                       7U, 100000U, 0.0, false, static_cast<unsigned>(s.seed)));
       }},
      {"moead", false,
       [](const SearchSettings& s) {
         return pagmo::algorithm(
             pagmo::moead(static_cast<unsigned>(s.generations), "low discrepancy", "tchebycheff",
                          std::min(20U, static_cast<unsigned>(s.population) - 1), 1.0, 0.5, 20.0,
                          0.9, 2U, true, static_cast<unsigned>(s.seed)));
       }},
      {"nsga2", true,
       [](const SearchSettings& s) {
         return in_batches(pagmo::nsga2(static_cast<unsigned>(s.generations), 0.95, 10.0, 0.1, 50.0,
                                        static_cast<unsigned>(s.seed)));
       }},
      {"nspso", false, [](const SearchSettings& s) {
         return in_batches(pagmo::nspso(static_cast<unsigned>(s.generations), 0.6, 2.0, 2.0, 1.0,
                                        0.5, 60U, "crowding distance", false,
                                        static_cast<unsigned>(s.seed)));
       }}};
  return all;
}

const NamedAlgorithm& algorithm_of(const SearchSettings& settings) {
  return *std::find_if(algorithms().begin(), algorithms().end(),
                       [&](const NamedAlgorithm& each) { return settings.algorithm == each.name; });
}

}  // namespace

const std::vector<std::string>& search_algorithms() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const NamedAlgorithm& each : algorithms()) all.emplace_back(each.name);
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
  auto evaluation = std::make_shared<SearchEvaluation>(plan, store, settings, run);
  SearchResult result;
  try {
    const NamedAlgorithm& named = algorithm_of(settings);
    const SweepProblem sweep_problem(evaluation, named.takes_integers);
    const pagmo::problem problem{sweep_problem};
    const pagmo::bfe at_once{pagmo::member_bfe()};
    pagmo::population population(problem, at_once, static_cast<std::size_t>(settings.population),
                                 static_cast<unsigned>(settings.seed));
    named.make(settings).evolve(population);
  } catch (const SearchStopped& stopped) {
    result.interrupted = stopped.broken.empty();
    result.broken = stopped.broken;
  }
  result.front = evaluation->front();
  result.evaluated = evaluation->evaluated();
  return result;
}

}  // namespace systerm
