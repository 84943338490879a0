// SPDX-License-Identifier: Apache-2.0
// The report of one run.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "model/design/experiment.h"
#include "model/report/html_page.h"

namespace systerm {

/// What a report needs besides the result.
struct ReportedExperiment {
  /// Null where the design is not known; then the page has neither diagram nor roofline and says
  /// `missing`.
  const Experiment* experiment = nullptr;
  std::string missing;
};

/// `result` is a document as `run` writes it. Throws std::runtime_error if it is none.
std::string run_report(const nlohmann::ordered_json& result, const ReportedExperiment& experiment,
                       ReportStyle style);

}  // namespace systerm
