// SPDX-License-Identifier: Apache-2.0
// Parameters of the interconnect between the DMA engines and the memory.
#pragma once

#include <cstdint>

namespace systerm {

enum class Arbitration : std::uint8_t { kRoundRobin, kFixedPriority };

/// How the memory is called.
enum class MemoryTransport : std::uint8_t {
  kNonBlocking,  ///< four phases, several transactions under way
  kBlocking,     ///< b_transport, one after the other; for memories that annotate their delays
};

struct InterconnectConfig {
  int bytes_per_cycle = 64;
  int latency_cycles = 4;
  Arbitration arbitration = Arbitration::kRoundRobin;
  MemoryTransport memory_transport = MemoryTransport::kNonBlocking;
};

}  // namespace systerm
