// SPDX-License-Identifier: Apache-2.0
// The network that a training run or a question about its memory names, with the residual blocks
// that are marked by patterns made reversible.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/graph/graph.h"
#include "workloads/zoo/graph_document.h"

namespace systerm {

/// make_reversible() of all additions of two activations whose names match one of the shell
/// patterns. Throws GraphError, also for a pattern that matches none.
Graph with_reversible_blocks(const Graph& graph, const std::vector<std::string>& patterns);

/// `network` is of the zoo or the path of an .onnx file. Throws what loading throws.
Graph load_training_network(const std::string& network, std::int64_t batch, const Extents& extents,
                            const std::vector<std::string>& reversible_blocks);

}  // namespace systerm
