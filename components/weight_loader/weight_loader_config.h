// SPDX-License-Identifier: Apache-2.0
// Parameters of the weight loader.
#pragma once

namespace systerm {

struct WeightLoaderConfig {
  int cycles_per_row = 1;  ///< to shift one row of weight groups into the array
};

}  // namespace systerm
