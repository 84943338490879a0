// SPDX-License-Identifier: Apache-2.0
// A result document (result.json) as text for people and as CSV.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace systerm {

/// Table of layers, with the baseline's cycles where there is one, and a summary.
std::string result_table(const nlohmann::ordered_json& document);

/// What a document lacks to be a result of `run`; empty for a result.
std::string problem_of_result(const nlohmann::ordered_json& document);

/// The stall that costs most of a total or a layer, and its share of the cycles; "-" for none.
std::string main_stall(const nlohmann::ordered_json& part);

/// How many scales a quantized model brings, in a sentence; empty where it brings none.
std::string scales_text(const nlohmann::ordered_json& document);

/// Which operators a result leaves out and what share of the MACs they are; empty for none.
std::string unmodelled_text(const nlohmann::ordered_json& document);

/// What weights and data are, in sentences; empty if neither is synthetic.
std::string origin_text(const nlohmann::ordered_json& document);

/// One row a layer; columns as documented in docs/results.md.
std::string layers_csv(const nlohmann::ordered_json& document);

}  // namespace systerm
