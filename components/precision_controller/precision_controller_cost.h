// SPDX-License-Identifier: Apache-2.0
// What the precision controller is composed of: two 32-bit registers.
#pragma once

#include <string>

#include "components/cost/composition.h"

namespace systerm {

UnitCost precision_controller_cost(std::string unit);

}  // namespace systerm
