// SPDX-License-Identifier: Apache-2.0
// The evolution of a population towards a front: pagmo2, loaded when a search asks for it.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace systerm {

struct EvolutionAlgorithm {
  const char* name;
  bool takes_integers;  ///< else its variables are real, and the caller takes their whole part
};
inline constexpr std::array kEvolutionAlgorithms = {
    EvolutionAlgorithm{"maco", true}, EvolutionAlgorithm{"moead", false},
    EvolutionAlgorithm{"nsga2", true}, EvolutionAlgorithm{"nspso", false}};

struct Evolution {
  EvolutionAlgorithm algorithm;
  unsigned population;
  unsigned generations;
  unsigned seed;
  std::size_t objectives;     ///< all to be minimised
  std::vector<double> upper;  ///< of each variable; the lower bounds are 0
  /// Of points, one after another, `upper.size()` variables each: `objectives` costs each. What it
  /// throws ends the evolution and reaches the caller.
  std::function<std::vector<double>(const std::vector<double>& points)> costs;
};

}  // namespace systerm

extern "C" {

/// The same for the same seed. Asks for a generation at a time where the algorithm allows.
__attribute__((visibility("default"))) void systerm_evolve(const systerm::Evolution& evolution);
}
