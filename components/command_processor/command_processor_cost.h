// SPDX-License-Identifier: Apache-2.0
// What the command processor is composed of: registers for two descriptors of eight
// 32-bit words, of which one is handed on while the next is made.
#pragma once

#include <string>

#include "components/cost/composition.h"

namespace systerm {

UnitCost command_processor_cost(std::string unit);

}  // namespace systerm
