// SPDX-License-Identifier: Apache-2.0
// One training iteration of a network on the SystemC model of a design, in timing fidelity.
#pragma once

#include <span>

#include <nlohmann/json_fwd.hpp>

#include "model/mapping/training_mapper.h"
#include "model/simulation/simulation.h"

namespace systerm {

struct IterationSetup {
  const Design& design;
  const ProductArithmetic& arithmetic;
  const Graph& graph;
  const TrainingGraph& training;
  std::span<const FmacMantissas> mantissas;  ///< by layer with products, or one for all
};

/// Runs the iteration, once a process. Throws MappingError and SimulationError.
SimulationResult simulate_iteration(const Design& design, const MappedIteration& mapped);

/// Keys `total`, `layers`, `memory_bytes`, `units` and, where the design has a technology, those of
/// energy and area; docs/training_platform.md has them.
nlohmann::ordered_json iteration_document(const IterationSetup& setup);

}  // namespace systerm
