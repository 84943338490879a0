// SPDX-License-Identifier: Apache-2.0
// Reads a training experiment from YAML, and writes out everything that determines its run.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "model/training/training_experiment.h"

namespace systerm {

/// `overrides` are `training.epochs=3` and the like. Files are looked up next to the experiment,
/// then in the current directory. Throws DocumentError with every error there is.
TrainingExperiment load_training(const std::filesystem::path& file,
                                 std::span<const std::string> networks,
                                 std::span<const std::string> overrides = {});
/// The same for text; the parent path of `name` is where files are looked up.
TrainingExperiment parse_training(std::string_view text, const std::filesystem::path& name,
                                  std::span<const std::string> networks,
                                  std::span<const std::string> overrides = {});

/// What was given and what was left to defaults. Read again, it gives the same experiment.
std::string effective_training(const TrainingExperiment& experiment);

}  // namespace systerm
