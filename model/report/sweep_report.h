// SPDX-License-Identifier: Apache-2.0
// The report of a sweep.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "model/exploration/result_store.h"
#include "model/exploration/sweep_fold.h"
#include "model/report/html_page.h"

namespace systerm {

struct SweepReportOptions {
  /// Two figures by name; empty for the default ones.
  std::vector<std::string> objectives;
  /// Where the page will lie, for links to results.
  std::filesystem::path html;
  ReportStyle style = ReportStyle::kInteractive;
};

/// Throws std::runtime_error with the nearest name for an objective that is no column.
std::string sweep_report(const ResultStore& store, const FoldedSweep& sweep,
                         const SweepReportOptions& options);

}  // namespace systerm
