// SPDX-License-Identifier: Apache-2.0
#include "model/design/load_experiment.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "model/design/check_design.h"
#include "model/design/check_experiment.h"
#include "model/design/design_fields.h"
#include "model/design/design_tree.h"
#include "model/design/experiment_fields.h"
#include "model/design/file_reference.h"
#include "model/design/layer_rules.h"
#include "model/design/packing_fields.h"
#include "model/design/pipeline_fields.h"
#include "model/design/precision_include.h"
#include "workloads/data/npz.h"
#include "workloads/document/document.h"
#include "workloads/document/nearest_name.h"
#include "workloads/document/overrides.h"

namespace systerm {
namespace {

class ExperimentReader {
 public:
  ExperimentReader(std::filesystem::path file, const Vocabulary& vocabulary,
                   Diagnostics& diagnostics)
      : file_(std::move(file)),
        directory_(file_.parent_path()),
        vocabulary_(vocabulary),
        diagnostics_(diagnostics) {}

  /// The whole experiment in one tree: its own keys, those of the design, and the overrides.
  Tree assembled(Tree root, std::span<const Override> overrides) {
    if (root->kind != TreeNode::Kind::kMapping) return root;
    // Which files there are must be settled before their keys can be set.
    const auto chooses_file = [](const Override& each) {
      return each.path == "design" || each.path == "design.base" ||
             each.path == "precision.include" || each.path == "baseline.precision.include";
    };
    for (const Override& each : overrides) {
      if (chooses_file(each)) root = with_value(root, each.path, each.value, diagnostics_);
    }
    if (const TreeEntry* entry = root->find("design")) {
      const Tree design =
          design_tree(entry->value, "design", directory_, vocabulary_, diagnostics_);
      design_found_ = design != nullptr;
      if (design) root = with_value(root, "design", design, diagnostics_);
    }
    root = with_plans(root);
    root = with_chosen_technology(root, overrides);
    for (const Override& each : overrides) {
      // Without the design every path into it would look wrong.
      const bool is_lost = !design_found_ && each.path.starts_with("design.");
      if (!chooses_file(each) && !chooses_technology(each) && !is_lost) {
        root = with_value(root, each.path, each.value, diagnostics_);
      }
    }
    return with_plans(root);  // an override can bring in a whole plan that includes a file
  }

  Experiment read(const Node& root) {
    Experiment experiment;
    experiment.name = file_.stem().string();
    {
      Mapping mapping = root.mapping();
      read_experiment(mapping, experiment);
    }
    if (const TreeEntry* design = root.is_mapping() ? root.tree()->find("design") : nullptr;
        design != nullptr && design_found_) {
      check_design(experiment.design, vocabulary_, Node(design->value, "design", diagnostics_));
    }
    check_experiment(experiment, vocabulary_, root);
    return experiment;
  }

 private:
  Tree with_plans(const Tree& root) {
    return with_plan(with_plan(root, "precision"), "baseline.precision");
  }

  /// A plan that includes a file is replaced by the two laid over each other.
  Tree with_plan(const Tree& root, const std::string& path) {
    Tree plan = root;
    for (std::size_t begin = 0; begin < path.size();) {
      const std::size_t end = std::min(path.find('.', begin), path.size());
      const TreeEntry* entry = plan->kind == TreeNode::Kind::kMapping
                                   ? plan->find(path.substr(begin, end - begin))
                                   : nullptr;
      if (entry == nullptr) return root;
      plan = entry->value;
      begin = end + 1;
    }
    const Tree whole = with_included_plan(plan, path, directory_, diagnostics_);
    if (whole == plan) return root;
    // What cannot be included is gone, so that it gives no further errors.
    return with_value(root, path, whole ? whole : empty_mapping(plan->position), diagnostics_);
  }

  static Tree empty_mapping(const Position& position) {
    auto mapping = std::make_shared<TreeNode>();
    mapping->kind = TreeNode::Kind::kMapping;
    mapping->position = position;
    return mapping;
  }

  static bool chooses_technology(const Override& each) {
    return each.path == "design.technology" || each.path == "design.technology.base";
  }

  /// A technology that an override names takes the place of the design's.
  Tree with_chosen_technology(Tree root, std::span<const Override> overrides) {
    for (const Override& each : overrides) {
      if (!chooses_technology(each) || !design_found_) continue;
      root = with_value(root, "design",
                        with_technology(root->find("design")->value, each.value, "design",
                                        directory_, vocabulary_, diagnostics_),
                        diagnostics_);
    }
    return root;
  }

  void read_experiment(Mapping& mapping, Experiment& experiment) {
    version_field(mapping);
    mapping.text("name", experiment.name);
    mapping.text("description", experiment.description);
    const Node design = mapping.require("design", "the path or the name of a design, or a mapping");
    if (design_found_) {
      Mapping below = design.mapping();
      design_fields(below, experiment.design, vocabulary_.cell_names());
    }
    mapping.require("workload", "a mapping with network or gemms");
    mapping.section("workload", [&](Mapping& below) {
      workload_fields(below, experiment.workload);
      resolve_files(below, experiment.workload);
    });
    mapping.section("precision", [&](Mapping& below) { read_plan(below, experiment.precision); });
    read_packing(mapping, experiment.precision.packing);
    if (mapping.has("baseline")) {
      mapping.section("baseline", [&](Mapping& below) {
        const Node precision = below.require("precision", "a mapping with default and layers");
        Mapping plan = precision.mapping();
        read_plan(plan, experiment.baseline.emplace());
        read_packing(below, experiment.baseline->packing);
      });
    } else {
      mapping.find("baseline");
    }
    mapping.sequence("mapping", experiment.mapping, [](Mapping& below, MappingRule& rule) {
      mapping_rule_fields(below, rule);
      check_rule(below);
    });
    mapping.section("calibration", [&](Mapping& below) {
      calibration_fields(below, experiment.calibration);
      resolve(below.node(), "data", experiment.calibration.data);
      resolve(below.node(), "file", experiment.calibration.file);
    });
    mapping.section("run", [&](Mapping& below) { run_fields(below, experiment.run); });
    mapping.section("pipeline",
                    [&](Mapping& below) { pipeline_fields(below, experiment.pipeline); });
  }

  void read_plan(Mapping& mapping, PrecisionPlan& plan) {
    mapping.section("default", [&](Mapping& below) {
      below.name("format", plan.defaults.format, vocabulary_.format_names());
      read_parameters(below, plan.defaults);
    });
    mapping.sequence("layers", plan.layers, [&](Mapping& below, PrecisionRule& rule) {
      below.text("match", rule.match, Presence::kRequired);
      rule.precision.format = plan.defaults.format;
      below.name("format", rule.precision.format, vocabulary_.format_names());
      if (rule.precision.format == plan.defaults.format) rule.precision = plan.defaults;
      read_parameters(below, rule.precision);
      check_rule(below);
    });
    mapping.sequence("resolutions", plan.resolutions,
                     [](Mapping& below, TermBudget& budget) { term_budget_fields(below, budget); });
  }

  /// A run packs only where the key is given, then by column combining unless it says otherwise.
  void read_packing(Mapping& mapping, PackingPlan& plan) const {
    if (mapping.has("packing")) plan.defaults.method = "column_combining";
    mapping.section("packing", [&](Mapping& below) {
      packing_fields(below, plan, check_rule);
      resolve(below.node(), "groups", plan.groups);
    });
  }

  void read_parameters(Mapping& mapping, Precision& precision) {
    // Which keys have an effect is not known where the format is not.
    Precision read = precision;
    const bool is_wrong = diagnostics_.contains(key_path(mapping.node().path(), "format"));
    if (is_wrong) read.format.clear();
    precision_parameter_fields(mapping, read, vocabulary_);
    precision.parameters = read.parameters;
  }

  void resolve_files(const Mapping& mapping, Workload& workload) {
    const Node& node = mapping.node();
    if (!workload.network.empty()) {
      const bool is_path = looks_like_path(workload.network, {".onnx", ".csv"});
      const auto& networks = vocabulary_.networks;
      if (is_path) {
        std::filesystem::path file = workload.network;
        if (file.extension() != ".onnx" && file.extension() != ".csv") {
          node.error_at("network", "expected the name of a network, or an .onnx or .csv file");
        } else {
          resolve(node, "network", file);
        }
        workload.network = file.string();
      } else if (std::find(networks.begin(), networks.end(), workload.network) == networks.end()) {
        node.error_at("network", fmt::format("unknown network '{}'; {}", workload.network,
                                             suggest_name(workload.network, networks)));
      }
    }
    resolve(node, "weight_file", workload.weight_file);
    resolve(node, "data", workload.data);
    resolve(node, "labels", workload.labels);
  }

  void resolve(const Node& node, std::string_view key, std::filesystem::path& file) const {
    if (file.empty()) return;
    const auto [archive, member] = split_archive_member(file);
    if (const auto found = find_file(archive, directory_)) {
      file = member.empty() ? *found : std::filesystem::path(found->string() + ":" + member);
    } else {
      node.error_at(key, missing_file(archive, directory_));
    }
  }

  std::filesystem::path file_;
  std::filesystem::path directory_;
  const Vocabulary& vocabulary_;
  Diagnostics& diagnostics_;
  bool design_found_ = false;
};

Experiment read_document(const Document& document, const std::filesystem::path& file,
                         const Vocabulary& vocabulary, std::span<const std::string> overrides,
                         Diagnostics& diagnostics) {
  Experiment experiment;
  const auto set = parse_overrides(overrides, kOverrideOption, diagnostics);
  if (document.tree()) {
    experiment = read_experiment(document.tree(), file, vocabulary, set, diagnostics);
  }
  diagnostics.throw_if_any();
  return experiment;
}

}  // namespace

Experiment load_experiment(const std::filesystem::path& file, const Vocabulary& vocabulary,
                           std::span<const std::string> overrides) {
  Diagnostics diagnostics;
  const Document document = Document::load(file, diagnostics);
  return read_document(document, file, vocabulary, overrides, diagnostics);
}

Tree assemble_experiment(const Tree& root, const std::filesystem::path& file,
                         const Vocabulary& vocabulary, std::span<const Override> overrides,
                         Diagnostics& diagnostics) {
  return ExperimentReader(file, vocabulary, diagnostics).assembled(root, overrides);
}

Experiment read_experiment(const Tree& root, const std::filesystem::path& file,
                           const Vocabulary& vocabulary, std::span<const Override> overrides,
                           Diagnostics& diagnostics) {
  ExperimentReader reader(file, vocabulary, diagnostics);
  return reader.read(Node(reader.assembled(root, overrides), "", diagnostics));
}

Experiment parse_experiment(std::string_view text, const std::filesystem::path& name,
                            const Vocabulary& vocabulary, std::span<const std::string> overrides) {
  Diagnostics diagnostics;
  const Document document = Document::parse(text, name.string(), diagnostics);
  return read_document(document, name, vocabulary, overrides, diagnostics);
}

}  // namespace systerm
