// SPDX-License-Identifier: Apache-2.0
// What the weight loader is composed of: the registers that shift weights into the cells, and
// encoder lanes for second operands.
#pragma once

#include <string>

#include "components/array/array_config.h"
#include "components/cost/composition.h"
#include "components/weight_loader/weight_loader_config.h"

namespace systerm {

/// The flip-flops that the weights move through are those of the cells; here is one row. The lanes
/// have energy but no area: the published designs, whose area this is, have none.
UnitCost weight_loader_cost(std::string unit, const WeightLoaderConfig& config,
                            const ArrayConfig& array);

}  // namespace systerm
