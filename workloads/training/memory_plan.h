// SPDX-License-Identifier: Apache-2.0
// Where the tensors of a training graph lie in memory: tensors that overwrite one another share a
// buffer, buffers whose lives do not meet share places.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "workloads/training/memory_class.h"

namespace systerm {

/// Tensors one after the other in one place; each but the first overwrites the one before it while
/// that is read for the last time.
struct MemoryBuffer {
  MemoryClass memory_class = MemoryClass::kOutside;
  std::int64_t elements = 0;
  std::int64_t first = 0;  ///< step
  std::int64_t last = 0;   ///< step, included
  std::vector<TrainingTensorId> tensors{};
  std::int64_t class_offset = 0;  ///< elements, in a memory of its class alone
  std::int64_t offset = 0;        ///< in one memory of all classes
};

struct MemoryPlan {
  std::vector<MemoryBuffer> buffers;
  /// Elements that a memory of each class alone must hold, and one of all classes but weight
  /// gradients.
  std::array<std::int64_t, kMemoryClasses> class_elements{};
  std::int64_t elements = 0;
  /// Live elements by step and class.
  std::vector<std::array<std::int64_t, kMemoryClasses>> live;

  /// Streams, boundaries and internals: what published tables count as activations.
  std::int64_t activation_elements() const {
    return class_elements[index(MemoryClass::kStream)] +
           class_elements[index(MemoryClass::kBoundary)] +
           class_elements[index(MemoryClass::kInternal)];
  }
};

/// `classes` by TrainingTensorId. Tensors of different classes never share a buffer.
MemoryPlan plan_memory(const Graph& graph, const TrainingGraph& scheduled,
                       std::span<const std::optional<MemoryClass>> classes);

/// A schedule of a graph with its memory.
struct ScheduledMemory {
  ScheduledMemory() = default;
  // The units of the plan point into the structure.
  ScheduledMemory(const ScheduledMemory&) = delete;
  ScheduledMemory& operator=(const ScheduledMemory&) = delete;
  ScheduledMemory(ScheduledMemory&&) = default;
  ScheduledMemory& operator=(ScheduledMemory&&) = default;
  ~ScheduledMemory() = default;

  ReversibleStructure structure;
  SchedulePlan plan;
  TrainingGraph training;
  std::vector<std::optional<MemoryClass>> classes;
  MemoryPlan memory;
};
ScheduledMemory schedule_with_memory(const Graph& graph, TrainingSchedule schedule,
                                     const TrainingGraphOptions& options = {});

}  // namespace systerm
