// SPDX-License-Identifier: Apache-2.0
// The engine keeps tensors of four axes channels last, as the array's vectors want them; others lie
// as in the graph.
#pragma once

#include "workloads/graph/graph.h"

namespace systerm {

/// Both have element_count(shape) values and do not overlap.
void to_stored_order(const Shape& shape, const float* in_graph_order, float* stored);
void to_graph_order(const Shape& shape, const float* stored, float* in_graph_order);

}  // namespace systerm
