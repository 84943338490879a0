// SPDX-License-Identifier: Apache-2.0
// Runs an experiment and writes down what came out, as the document that result.json holds.
#pragma once

#include <functional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "model/design/experiment.h"
#include "model/simulation/simulation.h"

namespace systerm {

/// Runs `plan` on the design of the experiment: total, layers, accuracy, verification.
/// `bind_memory` may put a target of one's own behind the memory socket.
nlohmann::ordered_json run_plan(const Experiment& experiment, const PrecisionPlan& plan,
                                const Simulation::Progress& progress,
                                const Simulation::MemoryBinding& bind_memory = {});

}  // namespace systerm
