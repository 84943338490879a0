// SPDX-License-Identifier: Apache-2.0
// What packing and what precision contribute where an experiment changes both against its baseline.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/design/experiment.h"

namespace systerm {

/// Runs the baseline with the packing of the experiment, and with its precision, each alone, and
/// adds `contributions` to `document`, which holds the run and its baseline. Does nothing unless
/// the experiment changes both.
void add_contributions(const Experiment& experiment, nlohmann::ordered_json& document);

}  // namespace systerm
