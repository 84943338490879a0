// SPDX-License-Identifier: Apache-2.0
// Shapes of all tensors of a graph from the shapes of its inputs and constants.
#pragma once

#include <cstdint>

#include "workloads/graph/graph.h"

namespace systerm {

/// Output extent of a window sliding over one axis, or 0 if it does not fit once.
std::int64_t window_extent(std::int64_t input, std::int64_t kernel, std::int64_t stride,
                           std::int64_t dilation, std::int64_t padding);

/// Resolves a negative axis; throws GraphError naming the node where it is out of range.
std::size_t resolve_axis(std::int64_t axis, std::size_t rank, const GraphNode& node);

/// Sets the shapes of the node's outputs. An input of unknown shape leaves them as declared.
/// Throws GraphError with the node's name, operator and the shapes that do not fit.
void infer_shapes(Graph& graph, const GraphNode& node);

/// All nodes in topological order.
void infer_shapes(Graph& graph);

}  // namespace systerm
