// SPDX-License-Identifier: Apache-2.0
#include "model/design/dram_preset.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "model/design/dram_standard_fields.h"
#include "model/design/embedded_presets.h"
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

class PresetFinder {
 public:
  explicit PresetFinder(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// The mapping with all its keys, without base and version.
  Tree resolve(const Node& reference) {
    if (reference.is_scalar()) return named(reference);
    if (reference.is_mapping()) return laid_over_base(reference);
    if (!reference.is_silent()) {
      reference.mismatch("the name or the path of a DRAM preset, or a mapping");
    }
    return nullptr;
  }

 private:
  Tree named(const Node& reference) {
    const std::string name = reference.text().value_or("");
    if (std::ranges::find(open_, name) != open_.end()) {
      reference.error("a DRAM preset cannot be its own base");
      return nullptr;
    }
    open_.push_back(name);
    const Document document = open(reference, name);
    if (!document.tree()) return nullptr;
    const Node root(document.tree(), reference.path(), diagnostics_);
    if (!root.is_mapping()) {
      root.mismatch("a mapping");
      return nullptr;
    }
    const TreeEntry* version = root.tree()->find("systerm");
    if (version == nullptr) {
      diagnostics_.error(
          root.position(), key_path(root.path(), "systerm"),
          fmt::format("missing key; expected the schema version, {}", kSchemaVersion));
    } else {
      Node(version->value, key_path(root.path(), "systerm"), diagnostics_)
          .integer({.minimum = kSchemaVersion, .maximum = kSchemaVersion});
    }
    return laid_over_base(Node(without(root.tree(), "systerm"), root.path(), diagnostics_));
  }

  Document open(const Node& reference, const std::string& name) {
    if (!looks_like_path(name, {".yaml", ".yml"})) {
      const auto presets = embedded_presets();
      const auto found = std::ranges::find(presets, name, &EmbeddedText::name);
      if (found != presets.end()) return Document::parse(found->text, name + ".yaml", diagnostics_);
      reference.error(fmt::format("unknown DRAM preset '{}'; {}", name,
                                  suggest_name(name, dram_preset_names())));
      return {nullptr, diagnostics_};
    }
    const auto& source = reference.position().source;
    const auto directory = std::filesystem::path(source ? *source : "").parent_path();
    if (const auto file = find_file(name, directory)) return Document::load(*file, diagnostics_);
    reference.error(missing_file(name, directory));
    return {nullptr, diagnostics_};
  }

  Tree laid_over_base(const Node& standard) {
    const TreeEntry* base = standard.tree()->find("base");
    if (base == nullptr) return standard.tree();
    const Node reference(base->value, key_path(standard.path(), "base"), diagnostics_);
    if (!reference.is_scalar()) {
      reference.mismatch("the name or the path of a DRAM preset");
      return nullptr;
    }
    const Tree below = named(reference);
    return below ? overlaid(below, without(standard.tree(), "base")) : nullptr;
  }

  Diagnostics& diagnostics_;
  std::vector<std::string> open_;
};

}  // namespace

const std::vector<std::string>& dram_preset_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const EmbeddedText& preset : embedded_presets()) names.emplace_back(preset.name);
    return names;
  }();
  return kNames;
}

std::shared_ptr<const DramStandard> read_dram_preset(const Node& reference) {
  Diagnostics& diagnostics = reference.diagnostics();
  const std::size_t before = diagnostics.sorted().size();
  const Tree tree = PresetFinder(diagnostics).resolve(reference);
  if (!tree) return nullptr;
  auto standard = std::make_shared<DramStandard>();
  {
    Mapping mapping = Node(tree, reference.path(), diagnostics).mapping();
    read_dram_standard(mapping, *standard);
  }
  return diagnostics.sorted().size() == before ? standard : nullptr;
}

std::shared_ptr<const DramStandard> load_dram_preset(const std::string& name_or_path,
                                                     const std::string& option) {
  Diagnostics diagnostics;
  auto text = std::make_shared<TreeNode>();
  text->kind = TreeNode::Kind::kScalar;
  text->text = name_or_path;
  text->position.source = std::make_shared<const std::string>(option);
  const auto standard = read_dram_preset(Node(text, "", diagnostics));
  diagnostics.throw_if_any();
  return standard;
}

}  // namespace systerm
