// SPDX-License-Identifier: Apache-2.0
// Weight codes of a packed layer in the order in which cells hold them.
#pragma once

#include <cstdint>
#include <span>

#include "components/arithmetic/packing.h"

namespace systerm {

/// Place of the weight that `filter` keeps in packed column `group`, in its row of the contraction.
inline std::size_t packed_column(const PackedMatrix& packed, std::size_t filter,
                                 std::size_t group) {
  const std::size_t select = packed.selects[filter * packed.groups.size() + group];
  return static_cast<std::size_t>(packed.groups[group][select]);
}

/// Codes of packed columns first .. first + out.size() - 1; `codes` are those of the filter, [k].
inline void gather_packed_codes(const PackedMatrix& packed, std::size_t filter, std::size_t first,
                                std::span<const std::int16_t> codes, std::span<std::int16_t> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = codes[packed_column(packed, filter, first + i)];
  }
}

}  // namespace systerm
