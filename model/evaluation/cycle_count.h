// SPDX-License-Identifier: Apache-2.0
// Cycles of a precision plan on the experiment's design, from a run in timing fidelity.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "model/design/experiment.h"

namespace systerm {

struct CycleCount {
  std::int64_t cycles = 0;           ///< of one batch
  std::vector<std::int64_t> layers;  ///< by position
  double seconds = 0.0;
  double energy_pj = -1.0;  ///< below 0 where the design is not priced
};

/// Runs one batch in a process of its own. Throws what stands in the way of the run.
CycleCount count_cycles(const Experiment& experiment, const PrecisionPlan& plan);

}  // namespace systerm
