// SPDX-License-Identifier: Apache-2.0
// A graph written as YAML, one layer a line:
//   - {name: conv1, type: convolution, filters: 64, kernel: 7, stride: 2, padding: 3, norm: batch}
// A layer reads the one above it unless `from` names others. It has no weights. Layers may be
// repeated and made from templates (layer_expansion.h).
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "workloads/graph/graph.h"

namespace systerm {

/// Extents of a network that a user may choose, such as the length of a sequence, by name.
using Extents = std::map<std::string, std::int64_t>;

/// An extent that the network does not have; the message names those it has.
class UnknownExtent : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

struct GraphDocument {
  Graph graph;
  std::string description;
  Extents extents{};  ///< those of the document, with their defaults replaced
};

/// `source` is the name of the text in messages. Throws DocumentError with all errors of the text,
/// each with its place, including layers that do not fit their inputs; UnknownExtent.
GraphDocument parse_graph_document(std::string_view text, std::string source, std::int64_t batch,
                                   const Extents& extents = {});

}  // namespace systerm
