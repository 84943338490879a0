// SPDX-License-Identifier: Apache-2.0
// In order: data of a channel move in the order of arrival. Rows of other banks are opened ahead.
#include "components/dram/policies.h"

namespace systerm {

namespace {

class StrictScheduler final : public DramScheduler {
 public:
  std::string_view name() const override { return "strict"; }
  std::string_view description() const override { return "in the order of arrival"; }
  std::optional<std::size_t> choose(std::span<const QueuedBursts> queue,
                                    std::optional<std::uint32_t>,
                                    Directions directions) const override {
    if (queue.empty() || !directions.allow(queue.front().is_write)) return std::nullopt;
    return 0;
  }
  bool in_order() const override { return true; }
};

}  // namespace

std::unique_ptr<const DramScheduler> make_strict_scheduler() {
  return std::make_unique<StrictScheduler>();
}

}  // namespace systerm
