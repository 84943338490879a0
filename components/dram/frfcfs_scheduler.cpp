// SPDX-License-Identifier: Apache-2.0
// First ready, first come, first served: the oldest burst to the open row, else the oldest.
// Source: Rixner et al., "Memory Access Scheduling", ISCA 2000.
#include "components/dram/policies.h"

namespace systerm {

namespace {

class FrfcfsScheduler final : public DramScheduler {
 public:
  std::string_view name() const override { return "frfcfs"; }
  std::string_view description() const override { return "row hits first, then the oldest"; }
  std::optional<std::size_t> choose(std::span<const QueuedBursts> queue,
                                    std::optional<std::uint32_t> open_row,
                                    Directions directions) const override {
    std::optional<std::size_t> oldest;
    for (std::size_t i = 0; i < queue.size(); ++i) {
      if (!directions.allow(queue[i].is_write)) continue;
      if (open_row == queue[i].row) return i;
      if (!oldest) oldest = i;
    }
    return oldest;
  }
  bool in_order() const override { return false; }
};

}  // namespace

std::unique_ptr<const DramScheduler> make_frfcfs_scheduler() {
  return std::make_unique<FrfcfsScheduler>();
}

}  // namespace systerm
