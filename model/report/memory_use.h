// SPDX-License-Identifier: Apache-2.0
// Why a DRAM with banks gave less than its peak, in words: what its data buses did, row hits and
// conflicts, refreshes.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace systerm {

/// Of a total or a layer; empty for a memory without banks.
std::string memory_use_text(const nlohmann::ordered_json& part);

/// Share of the peak and the largest loss, as "64 %, column_spacing 21 %"; "-" for a memory
/// without banks.
std::string short_memory_use(const nlohmann::ordered_json& part);

/// What the uses of the data bus mean, and what changes them.
std::string explained_memory_use();

}  // namespace systerm
