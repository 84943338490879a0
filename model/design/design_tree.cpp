// SPDX-License-Identifier: Apache-2.0
#include "model/design/design_tree.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "model/design/layered_tree.h"

namespace systerm {
namespace {

/// Whether it stands for itself, not for keys laid over another.
bool is_whole(const Tree& technology) {
  return technology->kind != TreeNode::Kind::kMapping || technology->find("base") != nullptr;
}

Tree with_entry(const Tree& mapping, std::string_view key, const Tree& value) {
  auto copy = std::make_shared<TreeNode>(*mapping);
  for (TreeEntry& each : copy->entries) {
    if (each.key == key) each.value = value;
  }
  return copy;
}

/// Named entries of these sections are replaced as a whole: a number must not inherit the source of
/// another.
constexpr std::array<std::string_view, 5> kEntrySections = {"operations", "events", "memories",
                                                            "drams", "calibration"};

Tree overlaid_technology(Tree base, const Tree& keys) {
  for (const std::string_view section : kEntrySections) {
    const TreeEntry* below = base->find(section);
    const TreeEntry* above = keys->find(section);
    if (below == nullptr || above == nullptr) continue;
    auto left = std::make_shared<TreeNode>(*below->value);
    std::erase_if(left->entries,
                  [&](const TreeEntry& entry) { return above->value->find(entry.key) != nullptr; });
    base = with_entry(base, section, left);
  }
  return overlaid(base, keys);
}

Tree overlaid_design(const Tree& base, const Tree& keys) {
  const TreeEntry* below = base->find("technology");
  const TreeEntry* above = keys->find("technology");
  if (below == nullptr || above == nullptr) return overlaid(base, keys);
  const Tree technology = overlaid_technology(below->value, above->value);
  return with_entry(overlaid(base, keys), "technology", technology);
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
  kind.overlay = overlaid_technology;
  return layered_tree(kind, value, path, directory, diagnostics);
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
  kind.overlay = overlaid_design;
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
  return with_value(design, "technology",
                    lays_over ? overlaid_technology(own->value, resolved) : resolved, diagnostics);
}

}  // namespace systerm
