// SPDX-License-Identifier: Apache-2.0
// A sweep in the folder of the running test, and its table.
#pragma once

#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/model/exploration/program.h"
#include "tests/model/exploration/test_sweep.h"

namespace systerm {

inline StoredSweep stored(const std::string& text) {
  StoredSweep sweep{test_folder()};
  std::ofstream(sweep.file()) << text;
  return sweep;
}

inline nlohmann::json table_of(const StoredSweep& sweep) {
  const std::string path = sweep.store("table.json");
  run_program({"sweep", "export", sweep.file(), "--store", sweep.store(), "--json", path});
  return nlohmann::json::parse(file_text(path), nullptr, false);
}

}  // namespace systerm
