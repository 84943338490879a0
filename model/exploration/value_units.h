// SPDX-License-Identifier: Apache-2.0
// Units that values of axes and numbers of expressions may have.
#pragma once

#include <array>
#include <string_view>

#include "workloads/document/quantity.h"

namespace systerm {

struct ValueUnit {
  Unit unit;
  std::string_view base;  ///< what a bare number of it counts
};

/// No unit's names contain another's: a quantity has one meaning.
inline constexpr std::array<ValueUnit, 11> kValueUnits = {{{Unit::kFrequency, "Hz"},
                                                           {Unit::kBytes, "B"},
                                                           {Unit::kBytesPerSecond, "B/s"},
                                                           {Unit::kTime, "s"},
                                                           {Unit::kNode, "nm"},
                                                           {Unit::kVoltage, "V"},
                                                           {Unit::kTemperature, "K"},
                                                           {Unit::kEnergy, "pJ"},
                                                           {Unit::kPower, "mW"},
                                                           {Unit::kCurrent, "mA"},
                                                           {Unit::kArea, "um2"}}};

}  // namespace systerm
