// SPDX-License-Identifier: Apache-2.0
#include "components/dram/dram_standard.h"

namespace systerm {

double DramStandard::peak_bytes_per_second() const {
  const auto buses = static_cast<double>(counts[0] * counts[1]);
  return buses * static_cast<double>(burst_bytes()) * 1e15 /
         static_cast<double>(burst_cycles * clock_period_fs);
}

std::int64_t node_of_bank(const DramStandard& standard, DramLevel level, std::int64_t bank) {
  for (std::size_t below = kDramLevels - 1; below > ordinal(level); --below) {
    bank /= standard.counts[below];
  }
  return bank;
}

}  // namespace systerm
