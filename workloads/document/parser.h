// SPDX-License-Identifier: Apache-2.0
// YAML text to a tree. Refused, each with a reason: text that is not UTF-8, several documents,
// tags, merge keys, keys that are not plain text, duplicate keys, and documents that would grow
// without bound.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "workloads/document/diagnostics.h"
#include "workloads/document/tree.h"

namespace systerm {

struct DocumentLimits {
  std::size_t bytes = std::size_t{1} << 20;
  std::size_t nodes = 100'000;  ///< aliases counted as if their content were written out
  std::size_t depth = 64;
};

/// Null if the text cannot be read at all; diagnostics then say why. Duplicate keys and the like
/// are recorded and left out of the tree.
Tree parse_tree(std::string_view text, const std::shared_ptr<const std::string>& source,
                const DocumentLimits& limits, Diagnostics& diagnostics);

}  // namespace systerm
