// SPDX-License-Identifier: Apache-2.0
// What the array is composed of: its cells, each as its own file says.
#pragma once

#include <string>

#include "components/array/array_config.h"
#include "components/cost/composition.h"

namespace systerm {

/// Throws std::invalid_argument for an unknown cell.
UnitCost array_cost(std::string unit, const ArrayConfig& config);

}  // namespace systerm
