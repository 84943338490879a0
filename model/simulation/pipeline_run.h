// SPDX-License-Identifier: Apache-2.0
// Runs a network as a cross-layer pipeline: every layer an array of its own, coupled by bounded
// streams. Timing only.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/design/experiment.h"

namespace systerm {

/// The experiment's network, pruned and packed, on cells of its design. Throws WorkloadError,
/// std::invalid_argument for a budget that is too small, SimulationError for a deadlock.
nlohmann::ordered_json run_pipeline(const Experiment& experiment, const PipelineOptions& options);

}  // namespace systerm
