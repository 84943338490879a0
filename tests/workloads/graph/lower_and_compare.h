// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/workloads/graph/graph_builder.h"
#include "workloads/network/network.h"

namespace systerm {

/// Lowers, and compares every feature that a tensor of the graph is named after.
Network lower_and_compare(GraphBuilder& builder, TensorId output);

}  // namespace systerm
