// SPDX-License-Identifier: Apache-2.0
// Descriptions that are laid over each other: a file, a shipped description by its name, or a
// mapping with a key `base` that names what its other keys are laid over.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "workloads/document/diagnostics.h"
#include "workloads/document/tree.h"

namespace systerm {

/// A mapping as it was written, ready to be laid over its base.
struct KeyLayer {
  Tree keys;
  std::vector<std::string> replaced;  ///< keys whose value in the base is dropped, not laid under
};

/// What is described, and where shipped descriptions are.
struct LayeredKind {
  std::string noun;                                 ///< "design"
  std::vector<std::filesystem::path> folders;       ///< NAME.yaml in one of them is NAME
  std::function<std::vector<std::string>()> names;  ///< of all shipped ones
  bool several_bases = false;  ///< `base` may be a list, later ones laid over earlier ones
  /// Called for every mapping, with the path of its key and the folder that its files are in.
  std::function<KeyLayer(const Tree& keys, const std::string& path,
                         const std::filesystem::path& directory)>
      prepare;
  /// Lays keys over a base; key by key (overlaid()) unless the kind knows better.
  std::function<Tree(const Tree& base, const Tree& keys)> overlay = overlaid;
};

/// The mapping with all keys, without `base` and schema version. Null, and a diagnostic at `path`,
/// if there is none.
Tree layered_tree(const LayeredKind& kind, const Tree& value, const std::string& path,
                  const std::filesystem::path& directory, Diagnostics& diagnostics);

/// Names of the YAML files in `folders`, in alphabetical order.
std::vector<std::string> shipped_names(const std::vector<std::filesystem::path>& folders);

}  // namespace systerm
