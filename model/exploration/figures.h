// SPDX-License-Identifier: Apache-2.0
// The figures of a result document: its numbers under flat names, with units and meanings.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace systerm {

/// Calls `visit` for every number below `node` that lies in no array, with its name: keys joined by
/// dots behind `prefix`.
void visit_figures(
    const nlohmann::ordered_json& node, const std::string& prefix,
    const std::function<void(const std::string&, const nlohmann::ordered_json&)>& visit);

/// The same for a whole result document. Layers, counters of units and provenance are left out.
/// evaluation.top1 is called accuracy, evaluation.quantization_error likewise by its last key.
void visit_figures(
    const nlohmann::ordered_json& document,
    const std::function<void(const std::string&, const nlohmann::ordered_json&)>& visit);

/// `name`, or the short name of what it names.
std::string short_figure_name(const std::string& name);

/// cycle, s, B, pJ, ...; empty for a plain number.
std::string figure_unit(std::string_view name);
/// A phrase; empty for a figure that is not known.
std::string figure_description(std::string_view name);

}  // namespace systerm
