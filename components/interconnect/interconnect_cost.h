// SPDX-License-Identifier: Apache-2.0
// What the bus is composed of: wires, a register at each end, an address register and its arbiter.
#pragma once

#include <string>

#include "components/cost/composition.h"
#include "components/interconnect/interconnect_config.h"

namespace systerm {

UnitCost interconnect_cost(std::string unit, const InterconnectConfig& config);

}  // namespace systerm
