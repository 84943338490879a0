// SPDX-License-Identifier: Apache-2.0
// A result document (result.json) as text for people and as CSV.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace systerm {

/// Table of layers, with the baseline's cycles where there is one, and a summary.
std::string result_table(const nlohmann::ordered_json& document);

/// One row a layer; columns as documented in docs/results.md.
std::string layers_csv(const nlohmann::ordered_json& document);

}  // namespace systerm
