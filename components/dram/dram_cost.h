// SPDX-License-Identifier: Apache-2.0
// What a DRAM is priced by: the bits that its bus moves where only they are counted, else the
// commands of its standard and standby.
#pragma once

#include <string>

#include "components/cost/composition.h"
#include "components/dram/dram_config.h"

namespace systerm {

UnitCost dram_cost(std::string unit, const DramConfig& config);

/// `standard` names an entry of `drams` of the technology, `clock_period_ns` is that of the memory.
/// A precharge is part of its activate.
UnitCost bank_dram_cost(std::string unit, const std::string& standard, double clock_period_ns);

}  // namespace systerm
