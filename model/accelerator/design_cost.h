// SPDX-License-Identifier: Apache-2.0
// The compositions of all units of a design.
#pragma once

#include <vector>

#include "components/cost/composition.h"
#include "model/design/design.h"

namespace systerm {

/// In the order of Accelerator::units(), the DRAM last; by the names of the units.
std::vector<UnitCost> design_cost(const Design& design);

}  // namespace systerm
