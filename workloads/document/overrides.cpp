// SPDX-License-Identifier: Apache-2.0
#include "workloads/document/overrides.h"

#include <memory>
#include <utility>

#include "workloads/document/parser.h"

namespace systerm {
namespace {

Tree positioned(const Tree& tree, const Position& position) {
  auto copy = std::make_shared<TreeNode>(*tree);
  copy->position = position;
  for (Tree& item : copy->items) item = positioned(item, position);
  for (TreeEntry& entry : copy->entries) {
    entry.position = position;
    entry.value = positioned(entry.value, position);
  }
  return copy;
}

}  // namespace

std::optional<Override> parse_override(std::string_view text, std::string_view option,
                                       Diagnostics& diagnostics) {
  const Position position{std::make_shared<const std::string>(option), 0, 0};
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size()) {
    diagnostics.error(position, std::string(text.substr(0, equals)),
                      "expected key=value, such as design.array.rows=32");
    return std::nullopt;
  }
  const std::string path(text.substr(0, equals));
  Diagnostics found;
  const Tree tree = parse_tree(text.substr(equals + 1), position.source, {}, found);
  for (const Diagnostic& diagnostic : found.sorted()) {
    diagnostics.error(position, path, diagnostic.message);
  }
  if (!tree) return std::nullopt;
  return Override{path, positioned(tree, position)};
}

std::vector<Override> parse_overrides(std::span<const std::string> texts, std::string_view option,
                                      Diagnostics& diagnostics) {
  std::vector<Override> overrides;
  for (const std::string& text : texts) {
    if (auto parsed = parse_override(text, option, diagnostics)) {
      overrides.push_back(std::move(*parsed));
    }
  }
  return overrides;
}

}  // namespace systerm
