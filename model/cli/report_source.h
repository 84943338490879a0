// SPDX-License-Identifier: Apache-2.0
// What `report` and `plot` are given: a result of a run.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "model/design/experiment.h"
#include "model/design/vocabulary.h"

namespace systerm {

struct ResultSource {
  std::filesystem::path file;
  nlohmann::ordered_json document;
  /// From the experiment.yaml beside the result; nothing without one.
  std::optional<Experiment> experiment;
  std::string missing;  ///< why there is none
};

/// `path` is a result.json or the folder that holds one. Throws std::runtime_error with what is
/// wrong with it.
ResultSource load_result(const std::filesystem::path& path, const Vocabulary& vocabulary);

}  // namespace systerm
