// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace systerm {

enum class Fidelity : std::uint8_t {
  kData,    ///< payloads carry the operands; results are bit-exact
  kTiming,  ///< the same traffic without the bytes
};

}  // namespace systerm
