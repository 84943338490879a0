// SPDX-License-Identifier: Apache-2.0
// Values given on the command line, as `--set design.array.rows=32`, put into a tree before it is
// read.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/document/diagnostics.h"
#include "workloads/document/tree.h"

namespace systerm {

struct Override {
  std::string path;
  Tree value;  ///< its position is the option, without line
};

/// Reads `key.path=value`, the value in YAML; `option` is what diagnostics name as the source.
/// Nothing, and a diagnostic, if it cannot be read.
std::optional<Override> parse_override(std::string_view text, std::string_view option,
                                       Diagnostics& diagnostics);

/// All of them that can be read.
std::vector<Override> parse_overrides(std::span<const std::string> texts, std::string_view option,
                                      Diagnostics& diagnostics);

}  // namespace systerm
