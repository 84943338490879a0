// SPDX-License-Identifier: Apache-2.0
// Accuracy as a figure of a design point: computed once for every distinct arithmetic setting and
// shared by all points whose hardware alone differs, in this process or another.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "model/design/experiment.h"
#include "model/design/vocabulary.h"

namespace systerm {

/// Identifies all that determines the answers: network, weights, data, labels and stored scales by
/// their content, precision, calibration and seed; nothing of the hardware. Throws
/// std::runtime_error if a file cannot be read.
std::string arithmetic_key(const Experiment& experiment, const Vocabulary& vocabulary);

/// Figures of the experiment's main precision plan over workload.samples samples (all of them where
/// that is 0): samples, top1, top5, perplexity, agreement, sqnr_db, kl, quantization_error,
/// float {top1, ...}, and the key. Throws what ExperimentEvaluator throws.
nlohmann::ordered_json evaluate_setting(const Experiment& experiment, const Vocabulary& vocabulary,
                                        std::size_t threads = 0);

/// The same, taken from `folder`/KEY.json if it is there; otherwise computed and left there.
/// Processes that ask for the same key at a time wait for the first one; a file appears whole or
/// not at all, and one that is damaged is made again. Throws also std::runtime_error if the folder
/// cannot be written.
nlohmann::ordered_json evaluate_once(const Experiment& experiment, const Vocabulary& vocabulary,
                                     const std::filesystem::path& folder, std::size_t threads = 0);

}  // namespace systerm
