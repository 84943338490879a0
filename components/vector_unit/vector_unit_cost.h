// SPDX-License-Identifier: Apache-2.0
// What the vector unit is composed of: 32-bit fixed point in each lane, as in the published
// ReLU/quantizer block. (The model computes in single precision, so that results are reproducible.)
#pragma once

#include <string>

#include "components/cost/composition.h"
#include "components/vector_unit/vector_unit_config.h"

namespace systerm {

UnitCost vector_unit_cost(std::string unit, const VectorUnitConfig& config);

}  // namespace systerm
