// SPDX-License-Identifier: Apache-2.0
// Parameters of the accumulators behind the array.
#pragma once

#include <cstdint>

namespace systerm {

struct AccumulatorsConfig {
  std::int64_t bytes = 1 << 20;  ///< storage of 32-bit partial sums
  int slots = 2;  ///< output tiles held at once; 2 overlaps computing and post-processing
};

}  // namespace systerm
