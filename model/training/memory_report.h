// SPDX-License-Identifier: Apache-2.0
// What an iteration of training keeps in memory under a schedule, as a document.
#pragma once

#include <cstdint>
#include <optional>

#include <nlohmann/json.hpp>

#include "workloads/training/spill.h"

namespace systerm {

struct MemoryQuestion {
  ClassBits bits{};                        ///< of a value, by class
  std::optional<std::int64_t> capacity{};  ///< bytes of one memory, for spills
  bool lists_steps = false;
};

/// Elements and bytes by class, MACs, longest lifetimes, and spills where a capacity is given.
/// Throws GraphError if a step alone exceeds it.
nlohmann::ordered_json memory_json(const Graph& graph, TrainingSchedule schedule,
                                   const ScheduledMemory& scheduled,
                                   const MemoryQuestion& question);

}  // namespace systerm
