// SPDX-License-Identifier: Apache-2.0
// Weights that training begins with.
#pragma once

#include <cstdint>

#include "workloads/graph/graph.h"

namespace systerm {

/// The graph with values for every constant that has none: weights uniform within sqrt(6 / fan-in)
/// (He et al., ICCV 2015), biases and shifts 0, scales 1, statistics those of no change; drawn from
/// `seed` and the tensor's name. With `replaces` constants that have values get new ones as well.
Graph with_initial_weights(const Graph& graph, std::uint64_t seed, bool replaces);

/// The graph with the given values, by TensorId; null leaves a tensor as it is.
Graph with_values(const Graph& graph,
                  const std::vector<std::shared_ptr<const std::vector<float>>>& values);

}  // namespace systerm
