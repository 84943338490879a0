// SPDX-License-Identifier: Apache-2.0
// Parameters of the DRAM: latency and bandwidth.
#pragma once

#include <cstdint>

namespace systerm {

struct DramConfig {
  std::int64_t bytes = std::int64_t{4} << 30;
  double bytes_per_second = 12.8e9;
  double latency_seconds = 60e-9;  ///< from the acceptance of an access to its first byte
  int access_bytes =
      64;  ///< smallest unit on the bus; a shorter or unaligned access pays for whole ones
  int queue_depth = 8;  ///< accesses accepted ahead of the one in service
};

}  // namespace systerm
