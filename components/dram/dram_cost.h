// SPDX-License-Identifier: Apache-2.0
// What the DRAM with latency and bandwidth is priced by: the bits that its bus moves.
#pragma once

#include <string>

#include "components/cost/composition.h"

namespace systerm {

UnitCost dram_cost(std::string unit);

}  // namespace systerm
