// SPDX-License-Identifier: Apache-2.0
// What `report` and `plot` are given: the result of a run, or a sweep.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include "model/design/experiment.h"
#include "model/design/vocabulary.h"
#include "model/exploration/result_store.h"
#include "model/exploration/sweep_fold.h"

namespace systerm {

struct ReportSource {
  std::string source;
  std::string store;

  /// The positional argument and --store.
  void add_to(CLI::App& command);
  /// Whether it names a result of a run: a .json file, or a folder with a result.json.
  bool is_result() const;
};

struct LoadedResult {
  nlohmann::ordered_json document;
  std::optional<Experiment> experiment;
  std::string missing;  ///< why there is no experiment
};

/// The result itself, or that of a point in a store; the experiment from the experiment.yaml beside
/// it. Throws std::runtime_error with what is wrong.
LoadedResult load_result(const ReportSource& source, const Vocabulary& vocabulary);

struct LoadedSweep {
  ResultStore store;
  FoldedSweep folded;
};

enum class SweepParts : std::uint8_t { kPoints, kPointsAndLayers };

/// Throws std::runtime_error for a sweep that the store does not hold, or none of whose points it
/// holds; DocumentError for a sweep file with errors.
LoadedSweep load_sweep_results(const ReportSource& source, const Vocabulary& vocabulary,
                               SweepParts parts);

/// A point of a sweep as the result of a run; with its experiment if `source` names a sweep file.
LoadedResult load_point(const ReportSource& source, std::size_t point,
                        const Vocabulary& vocabulary);

}  // namespace systerm
