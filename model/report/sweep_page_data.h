// SPDX-License-Identifier: Apache-2.0
// What the page of a sweep needs, in columns that stay small for tens of thousands of points.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "model/exploration/result_store.h"
#include "model/exploration/sweep_table.h"

namespace systerm {

nlohmann::ordered_json sweep_page_data(const ResultStore& store, const SweepTable& table,
                                       const std::vector<std::string>& objectives,
                                       const std::filesystem::path& html);

}  // namespace systerm
