// SPDX-License-Identifier: Apache-2.0
// What the weight loader is composed of: the registers that shift weights into the cells.
#pragma once

#include <string>

#include "components/array/array_config.h"
#include "components/cost/composition.h"

namespace systerm {

/// The flip-flops that the weights move through are those of the cells; here is one row.
UnitCost weight_loader_cost(std::string unit, const ArrayConfig& array);

}  // namespace systerm
