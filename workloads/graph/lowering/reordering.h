// SPDX-License-Identifier: Apache-2.0
// Features whose elements lie in another order than the layer that made them left: moved one by one
// by a layer of its own. The last resort where no view of the memory serves.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/graph/lowering/layer_builder.h"

namespace systerm {

/// A tensor as operators of rows see it: the last axis of `order` varies fastest and is the
/// channels; the first axis is the images where it comes first in `order` too.
FeatureShape ordered_shape(const Shape& shape, const std::vector<std::size_t>& order);

/// The tensor, broadcast to `shape`, with its axes in memory in the given order (slowest first) as
/// a feature of shape `feature_shape`. No layer where it lies so already. Constants become
/// features. Throws Unplaceable where it is too large to move.
FeatureId reordered(LayerBuilder& builder, const GraphNode& node, TensorId id, const Shape& shape,
                    const std::vector<std::size_t>& order, const FeatureShape& feature_shape);

/// The node's output as elements of its inputs: `source` and result in C order, the inputs'
/// elements counted one input after the other; -1 is a zero.
void rearrange(LayerBuilder& builder, const GraphNode& node, const std::vector<TensorId>& inputs,
               const std::vector<std::int32_t>& source);

/// Numbers in C order of `from` of the elements that broadcasting to `to` repeats.
std::vector<std::int32_t> broadcast_elements(const Shape& from, const Shape& to);

}  // namespace systerm
