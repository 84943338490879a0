// SPDX-License-Identifier: Apache-2.0
// What a buffer is composed of: one macro a bank.
#pragma once

#include <string>

#include "components/buffer/buffer_config.h"
#include "components/cost/composition.h"

namespace systerm {

UnitCost buffer_cost(std::string unit, const BufferConfig& config);

}  // namespace systerm
