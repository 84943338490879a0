// SPDX-License-Identifier: Apache-2.0
// What result.json holds: the runs of an experiment with its names and where they come from.
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "model/design/experiment.h"

namespace systerm {

/// `program` is name and version, `configuration_hash` that of the effective configuration.
nlohmann::ordered_json provenance_json(const Experiment& experiment, const std::string& program,
                                       const std::string& configuration_hash);

/// `main` and `baseline` are what run_plan() gives.
nlohmann::ordered_json result_document(const Experiment& experiment,
                                       const nlohmann::ordered_json& main,
                                       const std::optional<nlohmann::ordered_json>& baseline,
                                       const nlohmann::ordered_json& provenance);

/// Throws std::runtime_error if the run or its baseline compared its results with the reference
/// executor's (run.verify) and they differ.
void refuse_mismatches(const nlohmann::ordered_json& document);

}  // namespace systerm
