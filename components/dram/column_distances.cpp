// SPDX-License-Identifier: Apache-2.0
#include "components/dram/column_distances.h"

#include <algorithm>

namespace systerm {

namespace {

/// Between banks that share the nodes of the first `shared` levels.
std::int64_t distance(const DramStandard& standard, DramCommand preceding, DramCommand following,
                      std::size_t shared) {
  std::int64_t cycles = shared == kDramLevels ? 1 : 0;
  for (const DramConstraint& constraint : standard.constraints) {
    const std::size_t level = ordinal(constraint.level);
    const bool is_bound = constraint.siblings ? level == shared : level < shared;
    if (is_bound && std::ranges::count(constraint.preceding, preceding) > 0 &&
        std::ranges::count(constraint.following, following) > 0) {
      cycles = std::max(cycles, constraint.cycles);
    }
  }
  return cycles;
}

}  // namespace

std::int64_t same_bank_distance(const DramStandard& standard, DramCommand preceding,
                                DramCommand following) {
  return distance(standard, preceding, following, kDramLevels);
}

ColumnDistances::ColumnDistances(const DramStandard& standard) {
  shared_levels_[0] = kDramLevels;
  for (std::int64_t bank = 1; bank < standard.banks(); bank *= 2) {
    std::uint8_t shared = 0;
    while (node_of_bank(standard, static_cast<DramLevel>(shared), bank) ==
           node_of_bank(standard, static_cast<DramLevel>(shared), 0)) {
      ++shared;
    }
    shared_levels_[static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(bank)))] =
        shared;
  }
  constexpr std::array kColumn = {DramCommand::kRead, DramCommand::kWrite};
  for (std::size_t preceding = 0; preceding < kColumn.size(); ++preceding) {
    for (std::size_t following = 0; following < kColumn.size(); ++following) {
      for (std::size_t shared = 0; shared <= kDramLevels; ++shared) {
        cycles_[preceding][following][shared] =
            distance(standard, kColumn[preceding], kColumn[following], shared);
      }
    }
  }
}

}  // namespace systerm
