// SPDX-License-Identifier: Apache-2.0
#include "model/design/precision_include.h"

#include <memory>
#include <string>

#include "model/design/experiment_fields.h"
#include "model/design/file_reference.h"
#include "workloads/document/document.h"

namespace systerm {

namespace {

Tree without_include(const Tree& plan) {
  auto copy = std::make_shared<TreeNode>(*plan);
  std::erase_if(copy->entries, [](const TreeEntry& entry) { return entry.key == "include"; });
  return copy;
}

Tree load_plan(const std::filesystem::path& file, Diagnostics& diagnostics) {
  const Document document = Document::load(file, diagnostics);
  if (!document.tree()) return nullptr;
  Mapping root = document.root().mapping();
  version_field(root);
  const Node plan = root.require("precision", "a mapping with default and layers");
  if (plan.is_silent()) return nullptr;
  if (!plan.is_mapping()) {
    plan.mismatch("a mapping with default and layers");
    return nullptr;
  }
  if (const TreeEntry* nested = plan.tree()->find("include")) {
    Node(nested->value, key_path(plan.path(), "include"), diagnostics)
        .error("an included file cannot include another");
    return nullptr;
  }
  return plan.tree();
}

}  // namespace

Tree with_included_plan(const Tree& plan, const std::string& path,
                        const std::filesystem::path& directory, Diagnostics& diagnostics) {
  if (plan->kind != TreeNode::Kind::kMapping) return plan;
  const TreeEntry* include = plan->find("include");
  if (include == nullptr) return plan;
  const Node reference(include->value, key_path(path, "include"), diagnostics);
  const auto name = reference.text();
  if (!name) return nullptr;
  const auto file = find_file(*name, directory);
  if (!file) {
    reference.error(missing_file(*name, directory));
    return nullptr;
  }
  const Tree included = load_plan(*file, diagnostics);
  return included ? overlaid(included, without_include(plan)) : nullptr;
}

}  // namespace systerm
