// SPDX-License-Identifier: Apache-2.0
// The columns of a layer's filter matrix in the two orders that there are: memory order, channels
// fastest, and that of files and source models, kernel positions (or the rows and columns of a
// flattened image) fastest.
#pragma once

#include <cstddef>
#include <cstdint>

#include "components/arithmetic/column_grouping.h"
#include "workloads/network/network.h"

namespace systerm {

struct ColumnOrder {
  std::size_t channels = 1;
  std::size_t positions = 1;

  std::size_t to_memory(std::size_t source) const {
    return source % positions * channels + source / positions;
  }
  std::size_t to_source(std::size_t memory) const {
    return memory % channels * positions + memory / channels;
  }
};

/// `layer` has a Gemm.
inline ColumnOrder column_order(const Network& network, const Layer& layer) {
  const Gemm& gemm = *layer.gemm();
  const FeatureShape& input = network.feature(layer.inputs.front()).shape;
  const std::int64_t channels = gemm.k / gemm.positions();
  // A linear layer may read an image in memory order.
  const bool flattens = channels != input.channels / gemm.groups;
  const std::int64_t planes = flattens ? input.channels : channels;
  return {static_cast<std::size_t>(planes), static_cast<std::size_t>(gemm.k / planes)};
}

/// The same groups of columns, which count them in source order.
inline ColumnGroups in_memory_order(ColumnGroups groups, const ColumnOrder& order) {
  for (auto& group : groups) {
    for (std::int32_t& column : group) {
      column = static_cast<std::int32_t>(order.to_memory(static_cast<std::size_t>(column)));
    }
  }
  return groups;
}

}  // namespace systerm
