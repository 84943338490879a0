// SPDX-License-Identifier: Apache-2.0
// The parsed content of a document: immutable nodes, each with the place where it was written, so
// that trees from several sources can share nodes and be laid over each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/document/diagnostics.h"

namespace systerm {

struct TreeNode;
using Tree = std::shared_ptr<const TreeNode>;

struct TreeEntry {
  std::string key;
  Position position;  ///< of the key
  Tree value;
};

struct TreeNode {
  enum class Kind : std::uint8_t { kNull, kScalar, kSequence, kMapping };

  Kind kind = Kind::kNull;
  Position position;
  std::string text;                ///< of a scalar
  bool quoted = false;             ///< a quoted scalar is text, never a number
  std::vector<Tree> items;         ///< of a sequence
  std::vector<TreeEntry> entries;  ///< of a mapping, in the order written; keys are distinct
  std::size_t nodes = 1;           ///< this one and all below, shared ones counted every time
  std::size_t depth = 1;           ///< levels from here down

  const TreeEntry* find(std::string_view key) const;
};

/// "a mapping", "a sequence", "'text'" or "an empty value"; long texts are cut.
std::string describe(const TreeNode& node);

/// The path of a key or an item below `parent`, which is empty for the root.
std::string key_path(std::string_view parent, std::string_view key);
std::string item_path(std::string_view parent, std::size_t index);

/// `base` with every key of `overlay` put over it: mappings are laid over mappings key by key,
/// anything else is replaced. New keys come after those of the base.
Tree overlaid(const Tree& base, const Tree& overlay);

/// `root` with the value at `path` (such as design.array.rows or precision.layers[0].match)
/// replaced. Mappings on the way are made where there are none. Errors are recorded at `value`'s
/// position; `root` is then returned unchanged.
Tree with_value(const Tree& root, std::string_view path, const Tree& value,
                Diagnostics& diagnostics);

}  // namespace systerm
