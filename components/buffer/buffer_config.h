// SPDX-License-Identifier: Apache-2.0
// Parameters of an on-chip buffer.
#pragma once

#include <cstdint>

namespace systerm {

struct BufferConfig {
  std::int64_t bytes = 1 << 20;
  int banks = 16;
  int bank_width_bytes = 16;  ///< bytes a bank delivers or takes a cycle
  int ports = 2;              ///< 1: reads and writes share the bandwidth; 2: one port for each
  int latency_cycles = 2;
  int slots = 2;  ///< blocks held at once; 2 is double buffering
};

}  // namespace systerm
