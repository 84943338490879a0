// SPDX-License-Identifier: Apache-2.0
// The names that an experiment may use, and which of them go together. The registries of cells,
// formats and networks fill it, so that reading an experiment needs none of them.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/quantization/quantized_network.h"

namespace systerm {

struct CellDescription {
  std::string name;
  std::vector<std::string> formats;   ///< that it computes with
  bool beat_depends_on_data = false;  ///< without a bound, by the terms that are there
  bool has_multiplexer = true;        ///< it can pick among input streams
};

struct FormatDescription {
  std::string name;
  std::vector<std::string> unused_keys;  ///< keys of a precision that have no effect on it
};

struct Vocabulary {
  std::vector<CellDescription> cells;
  std::vector<FormatDescription> formats;
  std::vector<std::string> networks;  ///< of the zoo
  std::vector<std::filesystem::path>
      design_folders;  ///< NAME.yaml in one of them is the design NAME
  std::vector<std::filesystem::path> technology_folders;  ///< likewise of technologies
  /// Throws std::invalid_argument if the format cannot honour the parameters; may be empty.
  std::function<void(const Precision&)> check_precision;

  const CellDescription* cell(std::string_view name) const;
  const FormatDescription* format(std::string_view name) const;
  std::vector<std::string> cell_names() const;
  std::vector<std::string> format_names() const;
  /// In alphabetical order.
  std::vector<std::string> design_names() const;
  std::vector<std::string> technology_names() const;
};

/// The cells and formats that are registered, and what their factories check; no networks or
/// folders.
Vocabulary registered_vocabulary();

}  // namespace systerm
