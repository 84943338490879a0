// SPDX-License-Identifier: Apache-2.0
// From a source graph to the layers that the accelerator runs: batch norm and constant factors go
// into weights and biases, activations and residual operations behind the layer that makes their
// operand, reshapes away.
#pragma once

#include "workloads/graph/graph.h"
#include "workloads/network/network.h"

namespace systerm {

/// The shapes of the graph must be inferred. Layers are named after their nodes and run in
/// topological order; a feature carries the name of the last tensor fused into its layer. Biases of
/// a model without weights are zero. Operators without a layer, and those that cannot be placed
/// because of them, are listed in Network::unmodelled; it is up to the caller to refuse them.
/// Throws GraphError where the graph is inconsistent.
Network lower(const Graph& graph);

}  // namespace systerm
