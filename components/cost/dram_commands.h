// SPDX-License-Identifier: Apache-2.0
// Energy of DRAM commands from the IDD currents of a device: the increment over standby, for all
// devices that work together and all supplies. Controller, PHY and termination are not included.
#pragma once

#include "components/cost/technology.h"

namespace systerm {

/// ACT and PRE = V (IDD0 RC - IDD3N RAS - IDD2N RP) tCK; RD, WR = V (IDD4 - IDD3N) burst tCK;
/// REF = V (IDD5 - IDD3N) RFC tCK; standby V IDD3N and V IDD2N.
DramCommands dram_commands(const DramCurrents& currents);

}  // namespace systerm
