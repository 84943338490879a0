// SPDX-License-Identifier: Apache-2.0
// How long values of a training graph live in their memory: from a write to the last read before
// the next one, since each write starts a cell's retention anew. Time is counted in
// multiply-accumulates, steps one after the other; steps without products take none.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/training/memory_plan.h"

namespace systerm {

struct Lifetime {
  TrainingTensorId tensor{};  ///< the one that was written
  std::int64_t written = 0;   ///< MACs of the iteration until then
  std::int64_t read = 0;

  std::int64_t macs() const { return read - written; }
};

/// The longest life between two writes of every buffer of the plan, in the plan's order. A gradient
/// that an addition passes on unchanged in its place is not written again.
std::vector<Lifetime> longest_lifetimes(const Graph& graph, const ScheduledMemory& scheduled);

}  // namespace systerm
