// SPDX-License-Identifier: Apache-2.0
// Parameters of the weight loader.
#pragma once

#include <cstdint>

namespace systerm {

/// Along which cells weights are shifted in.
enum class ShiftAlong : std::uint8_t {
  kReduction,  ///< rows of the array
  kFilters,    ///< columns of the array
};

struct WeightLoaderConfig {
  int cycles_per_row = 1;  ///< to shift weight groups on by one cell
  ShiftAlong shift_along = ShiftAlong::kReduction;
  int setup_cycles = 0;  ///< before and after shifting, for each tile
  // Encoders for the second operand of a product of two activations, whose terms are found at run
  // time; formats that encode nothing pass them by.
  int encoder_lanes = 512;
  int cycles_per_value = 9;
};

}  // namespace systerm
