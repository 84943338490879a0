// SPDX-License-Identifier: Apache-2.0
// A graph written as YAML, one layer a line:
//   - {name: conv1, type: convolution, filters: 64, kernel: 7, stride: 2, padding: 3, norm: batch}
// A layer reads the one above it unless `from` names others. It has no weights.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "workloads/graph/graph.h"

namespace systerm {

struct GraphDocument {
  Graph graph;
  std::string description;
};

/// `source` is the name of the text in messages. Throws DocumentError with all errors of the text,
/// each with its place, including layers that do not fit their inputs.
GraphDocument parse_graph_document(std::string_view text, std::string source, std::int64_t batch);

}  // namespace systerm
