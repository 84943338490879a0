// SPDX-License-Identifier: Apache-2.0
// Replays a list of accesses on a controller.
#pragma once

#include <functional>
#include <optional>

#include "components/dram/controller.h"

namespace systerm {

enum class Outstanding : std::uint8_t {
  kUnlimited,  ///< every access is offered at once and enters the queues as they have room
  kOne,        ///< an access is offered when the data of the one before have ended
};

struct ReplayResult {
  DramCycle cycles = 0;  ///< to the end of the last data
  std::uint64_t accesses = 0;
  std::uint64_t bytes = 0;          ///< asked for, not whole bursts
  std::int64_t latency_cycles = 0;  ///< from entering a queue to the end of the data, summed
  DramCounts counts;
};

/// Gives the next access, or nothing at the end.
using AccessSource = std::function<std::optional<DramAccess>()>;

/// `on_completion` may be empty. Throws what `source` and DramController::offer throw.
ReplayResult replay(DramController& controller, const AccessSource& source, Outstanding outstanding,
                    const std::function<void(const DramCompletion&)>& on_completion = {});

}  // namespace systerm
