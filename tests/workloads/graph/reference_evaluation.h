// SPDX-License-Identifier: Apache-2.0
// Naive evaluation of a source graph and of a lowered network, to compare one with the other.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "workloads/graph/graph.h"
#include "workloads/network/network.h"

namespace systerm {

/// Values of every tensor by name, in C order of the source's axes. `inputs` by tensor name.
std::map<std::string, std::vector<double>> evaluate(
    const Graph& graph, const std::map<std::string, std::vector<double>>& inputs);

/// Values of every feature by name. Features are exchanged as Feature::source_shape says: rank 4 as
/// n, c, h, w, any other in memory order.
std::map<std::string, std::vector<double>> evaluate(
    const Network& network, const std::map<std::string, std::vector<double>>& inputs);

}  // namespace systerm
