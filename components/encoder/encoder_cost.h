// SPDX-License-Identifier: Apache-2.0
// What the encoder is composed of. A lane encodes one digit a cycle from two bits and a state;
// behind it the comparator ranks every digit by its exponent and keeps the largest.
#pragma once

#include <string>

#include "components/cost/composition.h"
#include "components/encoder/encoder_config.h"

namespace systerm {

UnitCost encoder_cost(std::string unit, const EncoderConfig& config);

}  // namespace systerm
