// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/broadcast.h"

#include <stdexcept>

#include <fmt/format.h>

namespace systerm {

BroadcastStrides broadcast_strides(const FeatureShape& operand, const FeatureShape& result,
                                   std::string_view layer) {
  const auto stride = [&](std::int64_t length, std::int64_t wanted, std::int64_t distance) {
    if (length != wanted && length != 1) {
      throw std::invalid_argument(
          fmt::format("layer '{}': operand of {}x{}x{}x{} does not broadcast to {}x{}x{}x{}", layer,
                      operand.images, operand.height, operand.width, operand.channels,
                      result.images, result.height, result.width, result.channels));
    }
    return length == 1 ? 0 : distance;
  };
  const std::int64_t row = operand.width * operand.channels;
  return {.image = stride(operand.images, result.images, operand.height * row),
          .row = stride(operand.height, result.height, row),
          .column = stride(operand.width, result.width, operand.channels),
          .channel = stride(operand.channels, result.channels, 1)};
}

}  // namespace systerm
