// SPDX-License-Identifier: Apache-2.0
// The drawn digits and their network, which ship with the project.
#pragma once

#include <string>

#include <fmt/format.h>

#include "tests/model/simulation/program_vocabulary.h"

namespace systerm {

inline constexpr const char* kTermQuantizedDigits =
    "{format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}";

/// An experiment on `samples` of the digits; `more` are further lines.
inline std::string digits_text(const std::string& precision, std::int64_t samples,
                               const std::string& calibration = "{samples: 100}",
                               const std::string& more = "",
                               const std::string& design = "tq_64x128") {
  return fmt::format(R"(systerm: 1
name: digits
design: {5}
workload:
  network: {0}/network.onnx
  weights: file
  data: {0}/images.npy
  labels: {0}/labels.npy
  data_scale: 0.00392156862745098
  samples: {2}
precision:
  default: {1}
calibration: {3}
run: {{fidelity: data}}
{4})",
                     SYSTERM_SOURCE_DIR "/configs/data/digits", precision, samples, calibration,
                     more, design);
}

inline Experiment digits(const std::string& precision, std::int64_t samples,
                         const std::string& calibration = "{samples: 100}",
                         const std::string& more = "", const std::string& design = "tq_64x128") {
  return experiment(digits_text(precision, samples, calibration, more, design));
}

}  // namespace systerm
