// SPDX-License-Identifier: Apache-2.0
// Parameters of an on-chip buffer.
#pragma once

#include <cstdint>
#include <string>

#include "components/buffer/edram_config.h"

namespace systerm {

/// Which port goes first when both wait for the one that they share.
enum class PortArbitration : std::uint8_t {
  kRoundRobin,  ///< the port that was not served last
  kReadFirst,
  kWriteFirst,
};

struct BufferConfig {
  std::int64_t bytes = 1 << 20;
  int banks = 16;
  int bank_width_bytes = 16;  ///< bytes a bank delivers or takes a cycle
  /// Consecutive bytes in one bank before the next bank follows; 0: one word.
  std::int64_t interleave_bytes = 0;
  int ports = 2;  ///< 1: reads and writes share the banks' port; 2: one port for each
  PortArbitration arbitration = PortArbitration::kRoundRobin;  ///< of a shared port
  int latency_cycles = 2;
  int slots = 2;                ///< blocks held at once; 2 is double buffering
  std::string memory = "sram";  ///< registered kind of memory
  EdramConfig edram;

  std::int64_t interleave() const {
    return interleave_bytes == 0 ? bank_width_bytes : interleave_bytes;
  }
};

}  // namespace systerm
