// SPDX-License-Identifier: Apache-2.0
#include "model/design/design_tree.h"

#include <memory>

#include "model/design/layered_tree.h"

namespace systerm {
namespace {

/// Whether it stands for itself, not for keys laid over another.
bool is_whole(const Tree& technology) {
  return technology->kind != TreeNode::Kind::kMapping || technology->find("base") != nullptr;
}

/// Bases may be a list.
Tree technology_tree(const Tree& value, const std::string& path,
                     const std::filesystem::path& directory, const Vocabulary& vocabulary,
                     Diagnostics& diagnostics) {
  LayeredKind kind;
  kind.noun = "technology";
  kind.folders = vocabulary.technology_folders;
  kind.names = [&] { return vocabulary.technology_names(); };
  kind.several_bases = true;
  return layered_tree(kind, value, path, directory, diagnostics);
}

Tree with_entry(const Tree& mapping, std::string_view key, const Tree& value) {
  auto copy = std::make_shared<TreeNode>(*mapping);
  for (TreeEntry& each : copy->entries) {
    if (each.key == key) each.value = value;
  }
  return copy;
}

}  // namespace

Tree design_tree(const Tree& value, const std::string& path, const std::filesystem::path& directory,
                 const Vocabulary& vocabulary, Diagnostics& diagnostics) {
  LayeredKind kind;
  kind.noun = "design";
  kind.folders = vocabulary.design_folders;
  kind.names = [&] { return vocabulary.design_names(); };
  kind.prepare = [&](const Tree& keys, const std::string& at,
                     const std::filesystem::path& folder) -> KeyLayer {
    const TreeEntry* entry = keys->find("technology");
    if (entry == nullptr) return {keys, {}};
    const Tree technology =
        technology_tree(entry->value, key_path(at, "technology"), folder, vocabulary, diagnostics);
    if (!technology) return {nullptr, {}};
    KeyLayer layer{with_entry(keys, "technology", technology), {}};
    if (is_whole(entry->value)) layer.replaced.emplace_back("technology");
    return layer;
  };
  return layered_tree(kind, value, path, directory, diagnostics);
}

Tree design_tree(const std::string& path_or_name, const Vocabulary& vocabulary,
                 Diagnostics& diagnostics) {
  auto reference = std::make_shared<TreeNode>();
  reference->kind = TreeNode::Kind::kScalar;
  reference->text = path_or_name;
  reference->position.source = std::make_shared<const std::string>("design");
  return design_tree(reference, "", "", vocabulary, diagnostics);
}

Tree with_technology(const Tree& design, const Tree& technology, const std::string& path,
                     const std::filesystem::path& directory, const Vocabulary& vocabulary,
                     Diagnostics& diagnostics) {
  const std::string at = key_path(path, "technology");
  const Tree resolved = technology_tree(technology, at, directory, vocabulary, diagnostics);
  if (!resolved) return design;
  const TreeEntry* own = design->find("technology");
  const bool lays_over = own != nullptr && !is_whole(technology);
  return with_value(design, "technology", lays_over ? overlaid(own->value, resolved) : resolved,
                    diagnostics);
}

}  // namespace systerm
