// SPDX-License-Identifier: Apache-2.0
// Multi-objective search among the points of a sweep, for spaces too large to run as a whole. The
// algorithms are those of pagmo2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "model/exploration/expression.h"
#include "model/exploration/pareto_front.h"
#include "model/exploration/run_sweep.h"
#include "model/exploration/sweep_plan.h"

namespace systerm {

struct SearchSettings {
  std::string algorithm = "nsga2";
  std::int64_t population = 40;
  std::int64_t generations = 20;
  std::uint64_t seed = 1;
  std::vector<Objective> objectives;
  std::vector<Expression> constraints;  ///< over figures and axes
};

/// "maco", "moead", "nsga2", "nspso".
const std::vector<std::string>& search_algorithms();

/// The section `search` of a sweep. Throws DocumentError, also if there is none.
SearchSettings read_search(const Sweep& sweep);

struct SearchResult {
  std::vector<std::size_t> front;  ///< points of the plan that no other one beats, all constraints
                                   ///< satisfied; by the first objective
  std::size_t evaluated = 0;       ///< different points with a result
  bool interrupted = false;
  std::string broken;  ///< why the store can take no more results; empty if it can
};

/// Runs points as the algorithm asks for them, a generation at a time where it allows, and adds
/// them to `plan`, each once. The same settings ask for the same points, whatever the number of
/// jobs and whatever is in the store already; those are not run again. A point that is not
/// admitted, fails or violates a constraint loses against any that does not.
SearchResult run_search(SweepPlan& plan, const ResultStore& store, const SearchSettings& settings,
                        SweepRunOptions options, SweepObserver& observer,
                        const std::function<bool()>& stop_requested, const sigset_t& wait_mask);

}  // namespace systerm
