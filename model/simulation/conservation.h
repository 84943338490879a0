// SPDX-License-Identifier: Apache-2.0
// What must hold at the end of every run: nothing got lost in a unit or between two, and every
// cycle of a unit is accounted for.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "components/array/activity.h"
#include "components/transport/hardware_unit.h"

namespace systerm {

/// A sentence for every flow of a unit whose sides differ, and for every unit whose busy, stalled
/// and idle time is not the time of the run. The units must be settled, at the end of the run.
std::vector<std::string> check_conservation(std::span<HardwareUnit* const> units);

void check_flows(const std::string& unit, std::span<const Flow> flows,
                 std::vector<std::string>& problems);

/// Busy and stalled cycles of an array against the cycles of the run.
void check_cycles(const std::string& array, const std::array<std::int64_t, kArrayCauses>& cycles,
                  std::int64_t total, std::vector<std::string>& problems);

}  // namespace systerm
