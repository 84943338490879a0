// SPDX-License-Identifier: Apache-2.0
// How long a rank has a row open.
#pragma once

#include <algorithm>

#include "components/dram/command_timing.h"

namespace systerm {

class StandbyAccount {
 public:
  void open(DramCycle cycle) {
    if (open_banks_++ == 0 && cycle > closed_at_) {
      active_ += closed_at_ - opened_at_;
      opened_at_ = cycle;
    }
  }
  /// A bank may close later than now.
  void close(DramCycle cycle) {
    --open_banks_;
    closed_at_ = std::max(closed_at_, cycle);
  }
  int open_banks() const { return open_banks_; }
  DramCycle active_until(DramCycle cycle) const {
    const DramCycle end = open_banks_ > 0 ? cycle : std::min(closed_at_, cycle);
    return active_ + std::max<DramCycle>(end - opened_at_, 0);
  }

 private:
  int open_banks_ = 0;
  DramCycle opened_at_ = 0;
  DramCycle closed_at_ = 0;
  DramCycle active_ = 0;
};

}  // namespace systerm
