// SPDX-License-Identifier: Apache-2.0
// How the operand of an elementwise step lines up with the values it meets.
#pragma once

#include <string_view>

#include "workloads/network/network.h"

namespace systerm {

/// Distances in elements between neighbours of an operand along each axis of the result; 0 along an
/// axis where one value serves all.
struct BroadcastStrides {
  std::int64_t image = 0;
  std::int64_t row = 0;
  std::int64_t column = 0;
  std::int64_t channel = 0;
};

/// Throws std::invalid_argument naming the layer if an axis of the operand is neither 1 nor the
/// result's.
BroadcastStrides broadcast_strides(const FeatureShape& operand, const FeatureShape& result,
                                   std::string_view layer);

}  // namespace systerm
