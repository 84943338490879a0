// SPDX-License-Identifier: Apache-2.0
// A YAML document, read from a file or from text.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "workloads/document/diagnostics.h"
#include "workloads/document/mapping.h"
#include "workloads/document/node.h"
#include "workloads/document/parser.h"
#include "workloads/document/tree.h"

namespace systerm {

/// Typical use:
///   Diagnostics diagnostics;
///   const Document document = Document::load(path, diagnostics);
///   { Mapping root = document.root().mapping(); root.integer("rows", rows, {.minimum = 1}); ... }
///   diagnostics.throw_if_any();
class Document {
 public:
  /// A file that cannot be read or parsed is recorded in `diagnostics`, which must outlive every
  /// node.
  static Document load(const std::filesystem::path& file, Diagnostics& diagnostics,
                       const DocumentLimits& limits = {});
  /// The same for text, with the name that diagnostics give as its source.
  static Document parse(std::string_view text, std::string name, Diagnostics& diagnostics,
                        const DocumentLimits& limits = {});
  /// A tree that was put together from others.
  Document(Tree tree, Diagnostics& diagnostics);

  /// Silent (see Node) if there is no tree: the cause has been recorded already.
  Node root() const;
  /// Null if the document could not be read.
  const Tree& tree() const { return tree_; }

 private:
  Tree tree_;
  Diagnostics* diagnostics_;
};

}  // namespace systerm
