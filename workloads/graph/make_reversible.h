// SPDX-License-Identifier: Apache-2.0
// Turns chains of residual blocks x + F(x) into reversible ones: two streams that both begin as the
// chain's input, each block adding to the one what it computes from the other, and that are added
// at the end. Source: Mangalam et al., Reversible Vision Transformers, CVPR 2022, section 3.2.
#pragma once

#include <string>
#include <vector>

#include "workloads/graph/graph.h"

namespace systerm {

/// `additions` names the additions that end the blocks. Blocks that follow one another become a
/// chain. Parameters stay as they are. Throws GraphError with every block that cannot be reversible
/// and the reason.
Graph make_reversible(const Graph& graph, const std::vector<std::string>& additions);

}  // namespace systerm
