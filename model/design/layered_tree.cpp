// SPDX-License-Identifier: Apache-2.0
#include "model/design/layered_tree.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "model/design/experiment_fields.h"
#include "model/design/file_reference.h"
#include "workloads/document/document.h"
#include "workloads/document/nearest_name.h"

namespace systerm {
namespace {

Tree without(const Tree& mapping, std::string_view key) {
  auto copy = std::make_shared<TreeNode>(*mapping);
  std::erase_if(copy->entries, [key](const TreeEntry& entry) { return entry.key == key; });
  return copy;
}

class LayerFinder {
 public:
  LayerFinder(const LayeredKind& kind, Diagnostics& diagnostics)
      : kind_(kind), diagnostics_(diagnostics) {}

  Tree resolve(const Tree& value, const std::string& path, const std::filesystem::path& directory) {
    const Node node(value, path, diagnostics_);
    if (node.is_scalar()) return named(node, path, directory);
    if (node.is_mapping()) return laid_over_base(value, path, directory);
    node.mismatch(fmt::format("the path or the name of a {}, or a mapping", kind_.noun));
    return nullptr;
  }

 private:
  /// The keys of the description that `reference` names stand at `path`.
  Tree named(const Node& reference, const std::string& path,
             const std::filesystem::path& directory) {
    const std::string name = reference.text().value_or("");
    const bool is_path = looks_like_path(name, {".yaml", ".yml"});
    const auto file = is_path ? find_file(name, directory) : find_shipped(name);
    if (!file) {
      reference.error(is_path ? missing_file(name, directory)
                              : fmt::format("unknown {} '{}'; {}", kind_.noun, name,
                                            suggest_name(name, kind_.names())));
      return nullptr;
    }
    const std::string identity = std::filesystem::weakly_canonical(*file).string();
    if (std::find(open_.begin(), open_.end(), identity) != open_.end()) {
      reference.error(fmt::format("a {} cannot be its own base", kind_.noun));
      return nullptr;
    }
    open_.push_back(identity);
    Tree description = load(*file, path);
    open_.pop_back();
    return description;
  }

  std::optional<std::filesystem::path> find_shipped(const std::string& name) const {
    for (const std::filesystem::path& folder : kind_.folders) {
      if (auto file = find_file(name + ".yaml", folder)) return file;
    }
    return std::nullopt;
  }

  Tree load(const std::filesystem::path& file, const std::string& path) {
    const Document document = Document::load(file, diagnostics_);
    if (!document.tree()) return nullptr;
    const Node root(document.tree(), path, diagnostics_);
    if (!root.is_mapping()) {
      root.mismatch("a mapping");
      return nullptr;
    }
    if (const TreeEntry* version = root.tree()->find("systerm")) {
      Node(version->value, key_path(path, "systerm"), diagnostics_)
          .integer({.minimum = kSchemaVersion, .maximum = kSchemaVersion});
    } else {
      diagnostics_.error(
          root.position(), key_path(path, "systerm"),
          fmt::format("missing key; expected the schema version, {}", kSchemaVersion));
    }
    return with_default_name(
        laid_over_base(without(root.tree(), "systerm"), path, file.parent_path()), root, file);
  }

  /// A file without a name of its own is called after the file, not after its base.
  static Tree with_default_name(const Tree& description, const Node& written,
                                const std::filesystem::path& file) {
    if (!description || written.tree()->find("name") != nullptr) return description;
    auto name = std::make_shared<TreeNode>();
    name->kind = TreeNode::Kind::kScalar;
    name->position = written.position();
    name->text = file.stem().string();
    auto overlay = std::make_shared<TreeNode>();
    overlay->kind = TreeNode::Kind::kMapping;
    overlay->position = written.position();
    overlay->entries.push_back({"name", written.position(), std::move(name)});
    return overlaid(description, overlay);
  }

  Tree laid_over_base(const Tree& keys, const std::string& path,
                      const std::filesystem::path& directory) {
    const TreeEntry* base = keys->find("base");
    KeyLayer layer{base == nullptr ? keys : without(keys, "base"), {}};
    if (kind_.prepare) layer = kind_.prepare(layer.keys, path, directory);
    if (base == nullptr || !layer.keys) return layer.keys;
    Tree below = bases(Node(base->value, key_path(path, "base"), diagnostics_), path, directory);
    if (!below) return nullptr;
    for (const std::string& key : layer.replaced) below = without(below, key);
    return kind_.overlay(below, layer.keys);
  }

  Tree bases(const Node& reference, const std::string& path,
             const std::filesystem::path& directory) {
    if (reference.is_scalar()) return named(reference, path, directory);
    if (!kind_.several_bases || !reference.is_sequence()) {
      reference.mismatch(fmt::format("the path or the name of a {}", kind_.noun));
      return nullptr;
    }
    Tree all;
    for (const Node& each : reference.items()) {
      const Tree one = named(each, path, directory);
      if (!one) return nullptr;
      all = all ? kind_.overlay(all, one) : one;
    }
    if (!all) reference.error("an empty list; leave base out");
    return all;
  }

  const LayeredKind& kind_;
  Diagnostics& diagnostics_;
  std::vector<std::string> open_;  ///< files being resolved
};

}  // namespace

Tree layered_tree(const LayeredKind& kind, const Tree& value, const std::string& path,
                  const std::filesystem::path& directory, Diagnostics& diagnostics) {
  return LayerFinder(kind, diagnostics).resolve(value, path, directory);
}

std::vector<std::string> shipped_names(const std::vector<std::filesystem::path>& folders) {
  std::set<std::string> names;
  for (const std::filesystem::path& folder : folders) {
    std::error_code error;
    for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
      if (file.path().extension() == ".yaml") names.insert(file.path().stem().string());
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace systerm
