// SPDX-License-Identifier: Apache-2.0
// What goes to DRAM and back where the tensors of an iteration do not fit into one memory.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "workloads/training/memory_plan.h"

namespace systerm {

/// Bits that a value of a class takes.
using ClassBits = std::array<std::int64_t, kMemoryClasses>;

/// A buffer leaves after a step and is back before another.
struct Spill {
  std::size_t buffer = 0;       ///< in MemoryPlan::buffers
  TrainingTensorId tensor{};    ///< what it holds meanwhile
  std::int64_t after_step = 0;  ///< -1: it was never brought in before
  std::int64_t before_step = 0;
  std::int64_t bytes = 0;
  bool is_written = true;  ///< else DRAM has the value already
};

struct SpillPlan {
  std::vector<Spill> spills;  ///< by after_step
  std::int64_t written_bytes = 0;
  std::int64_t read_bytes = 0;
};

/// Whenever live buffers exceed the capacity, the one leaves that is not needed for longest
/// (Belady, IBM Systems Journal 1966). Weight gradients are counted too; parameters are not. Throws
/// GraphError if the operands of one step alone do not fit, naming it and what it needs.
SpillPlan plan_spills(const ScheduledMemory& scheduled, const ClassBits& bits,
                      std::int64_t capacity_bytes);

}  // namespace systerm
