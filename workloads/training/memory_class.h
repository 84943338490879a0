// SPDX-License-Identifier: Apache-2.0
// What the tensors of a scheduled training graph are to a memory. Parameters and states of the
// optimizer live always and are in no class.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "workloads/training/training_schedule.h"

namespace systerm {

enum class MemoryClass : std::uint8_t {
  kStream,     ///< streams of reversible chains that are inverted, and their gradients
  kBoundary,   ///< kept from forward to backward for what is computed again from it
  kInternal,   ///< other activations of residual blocks
  kGradient,   ///< of those
  kStatistic,  ///< what norms and maximum pools keep for their backward steps
  kOutside,    ///< samples, stem, head and their gradients
  kWeightGradient,
};
inline constexpr std::size_t kMemoryClasses = 7;
inline constexpr std::array<MemoryClass, kMemoryClasses> kAllMemoryClasses{
    MemoryClass::kStream,        MemoryClass::kBoundary,  MemoryClass::kInternal,
    MemoryClass::kGradient,      MemoryClass::kStatistic, MemoryClass::kOutside,
    MemoryClass::kWeightGradient};
inline constexpr std::size_t index(MemoryClass memory_class) {
  return static_cast<std::size_t>(memory_class);
}
std::string_view to_string(MemoryClass memory_class);

/// By TrainingTensorId; nothing for what lives always, and for the loss.
std::vector<std::optional<MemoryClass>> memory_classes(const Graph& graph,
                                                       const ReversibleStructure& structure,
                                                       const SchedulePlan& plan,
                                                       TrainingSchedule schedule,
                                                       const TrainingGraph& scheduled);

}  // namespace systerm
