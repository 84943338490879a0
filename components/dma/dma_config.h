// SPDX-License-Identifier: Apache-2.0
// Parameters of a DMA engine.
#pragma once

#include <cstdint>

namespace systerm {

struct DmaConfig {
  std::int64_t burst_bytes = 2048;  ///< largest transaction on the interconnect
  int outstanding = 4;              ///< transactions under way at once
};

}  // namespace systerm
