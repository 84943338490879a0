// SPDX-License-Identifier: Apache-2.0
// Codes of an activation whose real zero does not lie in the middle of what its bytes hold: those
// of a quantized model, each less the zero point that the model stores with them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

namespace systerm {

/// At most 256 codes, 0 among them, so that code modulo 256 is one byte and zero padding is 0.
struct CodeRange {
  std::int32_t lowest = -127;
  std::int32_t highest = 127;

  std::int32_t largest_magnitude() const { return std::max(-lowest, highest); }
  std::int32_t saturated(std::int32_t code) const { return std::clamp(code, lowest, highest); }
  std::int32_t from_byte(unsigned char byte) const { return byte > highest ? byte - 256 : byte; }

  friend bool operator==(const CodeRange&, const CodeRange&) = default;
};

inline void saturate(const CodeRange& range, std::span<std::int32_t> codes) {
  for (std::int32_t& code : codes) code = range.saturated(code);
}

}  // namespace systerm
