// SPDX-License-Identifier: Apache-2.0
// How far RD and WR of two banks must lie apart, as the constraints of a standard say.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "components/dram/dram_standard.h"

namespace systerm {

/// From one command to another of the same bank.
std::int64_t same_bank_distance(const DramStandard& standard, DramCommand preceding,
                                DramCommand following);

class ColumnDistances {
 public:
  /// Of a standard in which no window binds RD and WR.
  explicit ColumnDistances(const DramStandard& standard);

  /// From a RD or WR of one bank to one of another, or of the same.
  std::int64_t between(bool is_write, std::size_t bank, bool other_is_write,
                       std::size_t other) const {
    return cycles_[is_write][other_is_write][shared_levels_[std::bit_width(bank ^ other)]];
  }

 private:
  /// By both directions, and the number of levels on which the banks share a node.
  std::array<std::array<std::array<std::int64_t, kDramLevels + 1>, 2>, 2> cycles_{};
  std::array<std::uint8_t, 65> shared_levels_{};  ///< by the highest bit in which banks differ
};

}  // namespace systerm
