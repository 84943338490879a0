// SPDX-License-Identifier: Apache-2.0
// Runs an experiment and writes down what came out, as the document that result.json holds.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "model/design/experiment.h"
#include "model/simulation/prepared_workload.h"
#include "model/simulation/simulation.h"

namespace systerm {

/// Loads the network and maps it under every precision plan, as a run would, without running.
/// Throws what stands in the way: DocumentError aside, WorkloadError, MappingError or an import
/// error.
void check_fits(const Experiment& experiment);

/// The share of the work that is behind, by MACs and results, and the layer done last; a share of 0
/// with each step of the preparation.
using RunProgress = std::function<void(double share, const std::string& layer)>;

/// Runs `plan` on the design of the experiment: total, layers, accuracy, verification.
/// `bind_memory` may put a target of one's own behind the memory socket; `observer` hears of every
/// interval in which a unit worked.
nlohmann::ordered_json run_plan(const Experiment& experiment, const PrecisionPlan& plan,
                                const RunProgress& progress,
                                const Simulation::MemoryBinding& bind_memory = {},
                                ActivityObserver* observer = nullptr);

/// The same for a workload that has been loaded and prepared for the plan already.
nlohmann::ordered_json run_workload(const Experiment& experiment, const PrecisionPlan& plan,
                                    const PreparedWorkload& workload, const RunProgress& progress,
                                    const Simulation::MemoryBinding& bind_memory = {},
                                    ActivityObserver* observer = nullptr);

}  // namespace systerm
