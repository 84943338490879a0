// SPDX-License-Identifier: Apache-2.0
// What the encoder is composed of. A lane encodes one digit a cycle from two bits and a state;
// behind it the comparator ranks every digit by its exponent and keeps the largest.
#pragma once

#include <string>
#include <vector>

#include "components/cost/composition.h"
#include "components/encoder/encoder_config.h"

namespace systerm {

/// Of one value of `digits` digits: the lane that encodes it, and the comparator that keeps terms.
std::vector<Use> encoding_uses(double digits);
std::vector<Use> comparing_uses(double digits);

UnitCost encoder_cost(std::string unit, const EncoderConfig& config);

}  // namespace systerm
