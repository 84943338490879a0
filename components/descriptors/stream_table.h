// SPDX-License-Identifier: Apache-2.0
// What streams into the cells of a packed layer: several input streams share a row of cells, and a
// cell picks one of them for each weight it holds.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace systerm {

/// A channel at a kernel position.
struct StreamSource {
  static constexpr std::int32_t kNone = -1;  ///< nothing: the stream is zero

  std::int32_t channel = kNone;
  std::int16_t kernel_row = 0;
  std::int16_t kernel_column = 0;
};

struct StreamTable {
  std::int32_t streams = 1;           ///< of a packed column: what a select chooses among
  std::vector<StreamSource> sources;  ///< [packed columns][streams]

  std::span<const StreamSource> of_column(std::int64_t column) const {
    return std::span(sources).subspan(static_cast<std::size_t>(column * streams),
                                      static_cast<std::size_t>(streams));
  }
  /// Bits of a select as it lies in memory beside its weight.
  unsigned select_bits() const {
    return static_cast<unsigned>(std::bit_width(static_cast<unsigned>(streams - 1)));
  }
};

}  // namespace systerm
