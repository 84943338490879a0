// SPDX-License-Identifier: Apache-2.0
// Parameters of the interconnect between the DMA engines and the memory.
#pragma once

#include <cstdint>

namespace systerm {

enum class Arbitration : std::uint8_t { kRoundRobin, kFixedPriority };

struct InterconnectConfig {
  int bytes_per_cycle = 64;
  int latency_cycles = 4;
  Arbitration arbitration = Arbitration::kRoundRobin;
};

}  // namespace systerm
