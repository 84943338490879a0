// SPDX-License-Identifier: Apache-2.0
// Numbers that address the rows of a table where nobody gave any: synthetic input and runs without
// data take the same, so both read the same rows.
#pragma once

#include <cstdint>

namespace systerm {

/// Of position `position`, below `rows`: spread over the table by multiplicative hashing (Knuth,
/// The Art of Computer Programming 3, section 6.4).
inline std::int64_t assumed_number(std::int64_t position, std::int64_t rows) {
  constexpr std::uint64_t kMultiplier = 2654435761U;  // 2^32 / golden ratio
  const auto hash = static_cast<std::uint32_t>(static_cast<std::uint64_t>(position) * kMultiplier);
  return static_cast<std::int64_t>((std::uint64_t{hash} * static_cast<std::uint64_t>(rows)) >> 32);
}

}  // namespace systerm
