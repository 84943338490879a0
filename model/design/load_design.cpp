// SPDX-License-Identifier: Apache-2.0
#include "model/design/load_design.h"

#include "model/design/check_design.h"
#include "model/design/design_fields.h"
#include "model/design/design_tree.h"
#include "model/design/load_experiment.h"
#include "workloads/document/overrides.h"

namespace systerm {

Design load_design(const std::string& path_or_name, const Vocabulary& vocabulary,
                   std::span<const std::string> overrides) {
  Diagnostics diagnostics;
  Design design;
  const auto set = parse_overrides(overrides, kOverrideOption, diagnostics);
  if (Tree tree = design_tree(path_or_name, vocabulary, diagnostics)) {
    for (const Override& each : set) {
      const bool is_technology = each.path == "technology" || each.path == "technology.base";
      tree = is_technology ? with_technology(tree, each.value, "", "", vocabulary, diagnostics)
                           : with_value(tree, each.path, each.value, diagnostics);
    }
    const Node node(tree, "", diagnostics);
    Mapping mapping = node.mapping();
    design_fields(mapping, design, vocabulary.cell_names());
    mapping.finish();
    check_design(design, vocabulary, node);
  }
  diagnostics.throw_if_any();
  return design;
}

}  // namespace systerm
