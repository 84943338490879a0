// SPDX-License-Identifier: Apache-2.0
// What a store must know of a sweep to make a table of its results without the sweep file: the
// axes, and for each point its values and its hash.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/exploration/result_store.h"
#include "model/exploration/sweep_plan.h"

namespace systerm {

struct SweepManifest {
  struct Column {
    std::string name;
    std::string unit;                ///< B, Hz, B/s, s or empty
    std::vector<std::string> paths;  ///< keys that it sets; none for a value that is only named
    bool is_derived = false;
  };
  struct Point {
    std::vector<nlohmann::ordered_json> values;  ///< by column; null where it does not apply
    std::string hash;
  };

  std::string name;
  std::string description;
  std::string program;
  std::vector<Column> columns;  ///< axes in order, then derived values
  std::vector<Point> points;    ///< in order
};

SweepManifest manifest_of(const SweepPlan& plan);

/// Leaves it in the store. Throws StoreError.
void save_manifest(const SweepManifest& manifest, const ResultStore& store);

/// The manifest of the sweep called `name`, or of the only one if the name is empty. Where a sweep
/// has been changed and run again, the last one. Throws std::runtime_error that lists the sweeps of
/// the store if there is none or several.
SweepManifest load_manifest(const ResultStore& store, const std::string& name);

}  // namespace systerm
