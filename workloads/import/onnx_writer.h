// SPDX-License-Identifier: Apache-2.0
// Graphs as ONNX models (opset 13): the counterpart of the import for the operators that training
// knows.
#pragma once

#include <string>

#include "workloads/graph/graph.h"

namespace systerm {

/// The bytes of a model that import_onnx() reads as the same network; the first axis of inputs and
/// outputs is symbolic. Throws GraphError, naming the node, for an operator that is not written, or
/// a constant without values.
std::string write_onnx(const Graph& graph);

}  // namespace systerm
