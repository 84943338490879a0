// SPDX-License-Identifier: Apache-2.0
#include "model/design/design_tree.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

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

class DesignFinder {
 public:
  DesignFinder(const Vocabulary& vocabulary, Diagnostics& diagnostics)
      : vocabulary_(vocabulary), diagnostics_(diagnostics) {}

  Tree resolve(const Tree& value, const std::string& path, const std::filesystem::path& directory) {
    const Node node(value, path, diagnostics_);
    if (node.is_scalar()) return named(node, path, directory);
    if (node.is_mapping()) return laid_over_base(value, path, directory);
    node.mismatch("the path or the name of a design, or a mapping");
    return nullptr;
  }

 private:
  /// The keys of the design that `reference` names stand at `path`.
  Tree named(const Node& reference, const std::string& path,
             const std::filesystem::path& directory) {
    const std::string name = reference.text().value_or("");
    const auto file =
        looks_like_path(name, {".yaml", ".yml"}) ? find_file(name, directory) : find_shipped(name);
    if (!file) {
      reference.error(looks_like_path(name, {".yaml", ".yml"})
                          ? missing_file(name, directory)
                          : fmt::format("unknown design '{}'; {}", name,
                                        suggest_name(name, vocabulary_.design_names())));
      return nullptr;
    }
    const std::string identity = std::filesystem::weakly_canonical(*file).string();
    if (std::find(open_.begin(), open_.end(), identity) != open_.end()) {
      reference.error("a design cannot be its own base");
      return nullptr;
    }
    open_.push_back(identity);
    Tree design = load(*file, path);
    open_.pop_back();
    return design;
  }

  std::optional<std::filesystem::path> find_shipped(const std::string& name) const {
    for (const std::filesystem::path& folder : vocabulary_.design_folders) {
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
  static Tree with_default_name(const Tree& design, const Node& written,
                                const std::filesystem::path& file) {
    if (!design || written.tree()->find("name") != nullptr) return design;
    auto name = std::make_shared<TreeNode>();
    name->kind = TreeNode::Kind::kScalar;
    name->position = written.position();
    name->text = file.stem().string();
    auto overlay = std::make_shared<TreeNode>();
    overlay->kind = TreeNode::Kind::kMapping;
    overlay->position = written.position();
    overlay->entries.push_back({"name", written.position(), std::move(name)});
    return overlaid(design, overlay);
  }

  Tree laid_over_base(const Tree& design, const std::string& path,
                      const std::filesystem::path& directory) {
    const TreeEntry* base = design->find("base");
    if (base == nullptr) return design;
    const Node reference(base->value, key_path(path, "base"), diagnostics_);
    if (!reference.is_scalar()) {
      reference.mismatch("the path or the name of a design");
      return nullptr;
    }
    const Tree below = named(reference, path, directory);
    return below ? overlaid(below, without(design, "base")) : nullptr;
  }

  const Vocabulary& vocabulary_;
  Diagnostics& diagnostics_;
  std::vector<std::string> open_;  ///< files being resolved
};

}  // namespace

Tree design_tree(const Tree& value, const std::string& path, const std::filesystem::path& directory,
                 const Vocabulary& vocabulary, Diagnostics& diagnostics) {
  return DesignFinder(vocabulary, diagnostics).resolve(value, path, directory);
}

Tree design_tree(const std::string& path_or_name, const Vocabulary& vocabulary,
                 Diagnostics& diagnostics) {
  auto reference = std::make_shared<TreeNode>();
  reference->kind = TreeNode::Kind::kScalar;
  reference->text = path_or_name;
  reference->position.source = std::make_shared<const std::string>("design");
  return DesignFinder(vocabulary, diagnostics).resolve(reference, "", "");
}

}  // namespace systerm
