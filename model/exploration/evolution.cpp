// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/evolution.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <pagmo/algorithms/maco.hpp>
#include <pagmo/algorithms/moead.hpp>
#include <pagmo/algorithms/nsga2.hpp>
#include <pagmo/algorithms/nspso.hpp>
#include <pagmo/batch_evaluators/member_bfe.hpp>
#include <pagmo/bfe.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>

namespace systerm {
namespace {

/// As pagmo wants it. Copies share the evolution.
class Problem {
 public:
  Problem() = default;
  explicit Problem(const Evolution& evolution) : evolution_(&evolution) {}

  pagmo::vector_double fitness(const pagmo::vector_double& point) const {
    return evolution_->costs(point);
  }
  pagmo::vector_double batch_fitness(const pagmo::vector_double& points) const {
    return evolution_->costs(points);
  }
  std::pair<pagmo::vector_double, pagmo::vector_double> get_bounds() const {
    return {pagmo::vector_double(evolution_->upper.size(), 0.0), evolution_->upper};
  }
  pagmo::vector_double::size_type get_nobj() const { return evolution_->objectives; }
  pagmo::vector_double::size_type get_nix() const {
    return evolution_->algorithm.takes_integers ? evolution_->upper.size() : 0;
  }

 private:
  const Evolution* evolution_ = nullptr;
};

/// Those that evaluate a generation at once are handed a batch evaluator.
template <typename Algorithm>
pagmo::algorithm in_batches(Algorithm algorithm) {
  algorithm.set_bfe(pagmo::bfe(pagmo::member_bfe()));
  return pagmo::algorithm(std::move(algorithm));
}

/// pagmo's own defaults apart from generations, neighbours and seed.
pagmo::algorithm algorithm_of(const Evolution& e) {
  const std::string name = e.algorithm.name;
  if (name == "maco") {
    return in_batches(pagmo::maco(e.generations, std::min(63U, e.population), 1.0, 1U, 7U, 100000U,
                                  0.0, false, e.seed));
  }
  if (name == "moead") {
    return pagmo::algorithm(pagmo::moead(e.generations, "low discrepancy", "tchebycheff",
                                         std::min(20U, e.population - 1), 1.0, 0.5, 20.0, 0.9, 2U,
                                         true, e.seed));
  }
  if (name == "nsga2") {
    return in_batches(pagmo::nsga2(e.generations, 0.95, 10.0, 0.1, 50.0, e.seed));
  }
  if (name == "nspso") {
    return in_batches(pagmo::nspso(e.generations, 0.6, 2.0, 2.0, 1.0, 0.5, 60U, "crowding distance",
                                   false, e.seed));
  }
  throw std::logic_error("no algorithm is called " + name);
}

}  // namespace
}  // namespace systerm

void systerm_evolve(const systerm::Evolution& evolution) {
  const pagmo::problem problem{systerm::Problem(evolution)};
  const pagmo::bfe at_once{pagmo::member_bfe()};
  pagmo::population population(problem, at_once, evolution.population, evolution.seed);
  systerm::algorithm_of(evolution).evolve(population);
}
