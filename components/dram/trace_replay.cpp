// SPDX-License-Identifier: Apache-2.0
#include "components/dram/trace_replay.h"

#include <algorithm>

namespace systerm {

namespace {

/// Bursts that wait are topped up while this many are left, so that the controller never runs dry.
constexpr std::uint64_t kLowWater = 1 << 12;
constexpr std::size_t kBatch = 1 << 10;

}  // namespace

ReplayResult replay(DramController& controller, const AccessSource& source, Outstanding outstanding,
                    const std::function<void(const DramCompletion&)>& on_completion) {
  ReplayResult result;
  const auto collect = [&] {
    for (const DramCompletion& completion : controller.take_completions()) {
      result.latency_cycles += completion.done - completion.accepted;
      if (on_completion) on_completion(completion);
    }
  };
  for (bool more = true; more;) {
    const std::size_t batch = outstanding == Outstanding::kOne ? 1 : kBatch;
    for (std::size_t i = 0; i < batch && more; ++i) {
      const std::optional<DramAccess> access = source();
      more = access.has_value();
      if (!access) break;
      controller.offer(*access, result.cycles);
      ++result.accesses;
      result.bytes += access->bytes;
    }
    if (outstanding == Outstanding::kOne) {
      result.cycles = controller.finish();
    } else {
      controller.advance_until_waiting(kLowWater);
    }
    collect();
  }
  result.cycles = controller.finish();
  collect();
  result.counts = controller.counts(result.cycles);
  return result;
}

}  // namespace systerm
