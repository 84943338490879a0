// SPDX-License-Identifier: Apache-2.0
// The figures of a run as pictures.
#pragma once

#include <optional>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "model/report/machine_summary.h"
#include "model/report/svg_picture.h"

namespace systerm {

/// Cycles of each layer by cause.
SvgPicture cycles_picture(const nlohmann::ordered_json& result);
/// Cycles of each layer beside those of the baseline; the result must have one.
SvgPicture comparison_picture(const nlohmann::ordered_json& result);
SvgPicture utilisation_picture(const nlohmann::ordered_json& result);
SvgPicture dram_traffic_picture(const nlohmann::ordered_json& result);
/// What the data buses of the DRAM did; nothing for a memory without banks.
std::optional<SvgPicture> memory_use_picture(const nlohmann::ordered_json& result);
/// By unit; nothing for a run without prices.
std::optional<SvgPicture> energy_picture(const nlohmann::ordered_json& result);
/// Nothing for a run without MACs.
std::optional<SvgPicture> roofline_picture(const nlohmann::ordered_json& result,
                                           const Roofline& roofline);

/// The sum of all numbers below a value: a unit may split its energy further.
double sum_of_numbers(const nlohmann::ordered_json& value);

}  // namespace systerm
