// SPDX-License-Identifier: Apache-2.0
// Options of the form NAME=NUMBER, such as --extent of the verbs that load a network.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "workloads/zoo/graph_document.h"

namespace systerm {

/// Nothing for a text that is not NAME=NUMBER with a whole number of at least 1.
std::optional<std::pair<std::string, std::int64_t>> named_number(const std::string& text);

/// From NAME=EXTENT. Throws CLI::ValidationError.
Extents extents_of(const std::vector<std::string>& texts);

}  // namespace systerm
