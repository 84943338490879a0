// SPDX-License-Identifier: Apache-2.0
// What the accumulators are composed of: a memory and an adder for each column of the array.
#pragma once

#include <string>

#include "components/accumulators/accumulators_config.h"
#include "components/array/array_config.h"
#include "components/cost/composition.h"

namespace systerm {

UnitCost accumulators_cost(std::string unit, const AccumulatorsConfig& config,
                           const ArrayConfig& array);

}  // namespace systerm
