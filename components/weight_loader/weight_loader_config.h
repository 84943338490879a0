// SPDX-License-Identifier: Apache-2.0
// Parameters of the weight loader.
#pragma once

namespace systerm {

struct WeightLoaderConfig {
  int cycles_per_row = 1;  ///< to shift one row of weight groups into the array
  // Encoders for the second operand of a product of two activations, whose terms are found at run
  // time; formats that encode nothing pass them by.
  int encoder_lanes = 512;
  int cycles_per_value = 9;
};

}  // namespace systerm
