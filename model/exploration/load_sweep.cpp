// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/load_sweep.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "model/design/experiment_fields.h"
#include "model/design/file_reference.h"
#include "model/exploration/axis_values.h"
#include "model/exploration/sweep_fields.h"
#include "workloads/document/document.h"
#include "workloads/document/nearest_name.h"

namespace systerm {
namespace {

bool is_plain_name(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !text.empty() && is_letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9');
  });
}

class SweepReader {
 public:
  SweepReader(std::filesystem::path file, Diagnostics& diagnostics) : diagnostics_(diagnostics) {
    sweep_.name = file.stem().string();
    sweep_.file = std::move(file);
  }

  Sweep read(const Node& root) {
    {
      Mapping mapping = root.mapping();
      version_field(mapping);
      mapping.text("name", sweep_.name);
      mapping.text("description", sweep_.description);
      read_base(mapping.require("base", "the path of an experiment, or an experiment"));
      if (const auto set = mapping.find("set")) read_set(*set);
      read_workloads(mapping);
      for (const Node& item : mapping.items("axes")) read_group(item);
      for (const Node& item : mapping.items("derived")) read_derived(item);
      for (const Node& item : mapping.items("constraints")) {
        if (auto expression = read_expression(item, names_)) {
          sweep_.constraints.push_back(std::move(*expression));
        }
      }
      mapping.section("sample", [&](Mapping& sample) { read_sampling(sample); });
      if (const auto search = mapping.find("search")) sweep_.search = search->tree();
      if (sweep_.groups.empty() && diagnostics_.empty()) {
        root.error("there is nothing to vary; expected axes, or workloads");
      }
    }
    return std::move(sweep_);
  }

 private:
  void read_base(const Node& node) {
    if (node.is_silent()) return;
    if (node.is_mapping()) {
      sweep_.base = node.tree();
      sweep_.base_file = sweep_.file;
      return;
    }
    if (!node.is_scalar()) {
      node.mismatch("the path of an experiment, or an experiment");
      return;
    }
    const std::string name = node.text().value_or("");
    const auto directory = sweep_.file.parent_path();
    const auto found = find_file(name, directory);
    if (!found) {
      node.error(missing_file(name, directory));
      return;
    }
    const Document document = Document::load(*found, diagnostics_);
    if (!document.tree()) return;
    sweep_.base = document.tree();
    sweep_.base_file = *found;
  }

  void read_set(const Node& node) {
    if (!node.is_mapping()) {
      node.mismatch("a mapping of key paths to values");
      return;
    }
    for (const TreeEntry& entry : node.tree()->entries) {
      sweep_.set.push_back({entry.key, entry.value});
    }
  }

  void read_group(const Node& node) {
    AxisGroup group;
    Mapping mapping = node.mapping();
    std::optional<PlacedExpression> when;
    // A condition sees the axes before its own.
    if (const auto condition = mapping.find("when")) when = read_expression(*condition, names_);
    if (mapping.has("zip")) {
      for (const Node& item : mapping.items("zip")) {
        Mapping below = item.mapping();
        read_axis(below, group);
      }
      check_zip(mapping, group);
    } else {
      mapping.find("zip");
      read_axis(mapping, group);
    }
    group.when = std::move(when);
    if (!group.axes.empty()) sweep_.groups.push_back(std::move(group));
  }

  void check_zip(Mapping& mapping, const AxisGroup& group) {
    const Node zip = *mapping.find("zip");
    if (zip.is_sequence() && zip.items().empty()) zip.error("expected at least one axis");
    for (const Axis& axis : group.axes) {
      const std::size_t expected = group.axes.front().values.size();
      if (axis.values.empty() || group.axes.front().values.empty()) return;
      if (axis.values.size() != expected) {
        zip.error(
            fmt::format("axes that vary together need as many values each; '{}' has {}, "
                        "'{}' has {}",
                        group.axes.front().name, expected, axis.name, axis.values.size()));
        return;
      }
    }
  }

  void read_axis(Mapping& mapping, AxisGroup& group) {
    Axis axis;
    axis.paths = read_paths(mapping, true);
    if (!axis.paths.empty()) axis.name = last_key(axis.paths.front());
    mapping.text("name", axis.name);
    axis.values = read_axis_values(mapping);
    check_name(mapping.node(), axis.name);
    if (!mapping.node().is_silent()) group.axes.push_back(std::move(axis));
  }

  static std::string last_key(const std::string& path) {
    const std::string key = path.substr(path.find_last_of('.') + 1);
    return key.substr(0, key.find('['));
  }

  /// `path`, or several under `paths`.
  std::vector<std::string> read_paths(Mapping& mapping, bool is_required) {
    std::vector<std::string> paths;
    const auto add = [&](const Node& node) {
      if (auto text = node.text()) paths.push_back(std::move(*text));
      if (!paths.empty() && paths.back().empty()) node.error("expected a path of keys");
    };
    if (const auto node = mapping.find("path")) add(*node);
    for (const Node& item : mapping.items("paths")) add(item);
    if (paths.empty() && is_required && !mapping.has("path") && !mapping.has("paths")) {
      mapping.require("path", "the key that the axis sets, such as design.array.rows");
    }
    return paths;
  }

  void check_name(const Node& node, const std::string& name) {
    if (node.is_silent() || name.empty()) return;
    if (!is_plain_name(name)) {
      node.error_at("name", fmt::format("'{}' is no name for expressions; expected letters, digits "
                                        "and underscores",
                                        name));
    } else if (std::find(names_.begin(), names_.end(), name) != names_.end()) {
      node.error_at("name", fmt::format("another axis or derived value is called '{}'; give it a "
                                        "name of its own",
                                        name));
    } else {
      names_.push_back(name);
    }
  }

  void read_workloads(Mapping& mapping) {
    const std::vector<Node> items = mapping.items("workloads");
    if (items.empty()) return;
    Axis axis{"workload", {"workload"}, {}};
    for (const Node& item : items) {
      if (!item.is_mapping()) {
        item.mismatch("a mapping as under workload, with a name");
        continue;
      }
      auto workload = std::make_shared<TreeNode>(*item.tree());
      std::string name;
      if (const TreeEntry* entry = workload->find("name")) {
        name = entry->value->text;
      } else if (const TreeEntry* network = workload->find("network")) {
        name = network->value->text;
      } else {
        item.error_at("name", "missing key; expected the name of the workload in tables");
      }
      std::erase_if(workload->entries, [](const TreeEntry& each) { return each.key == "name"; });
      axis.values.push_back({workload, name, name});
    }
    check_name(*mapping.find("workloads"), axis.name);
    sweep_.groups.push_back({{std::move(axis)}, std::nullopt});
  }

  void read_derived(const Node& node) {
    Mapping mapping = node.mapping();
    std::string name;
    std::string unit;
    std::vector<std::string> paths = read_paths(mapping, false);
    if (!paths.empty()) name = last_key(paths.front());
    mapping.text("name", name, paths.empty() ? Presence::kRequired : Presence::kOptional);
    mapping.text("unit", unit);
    auto value = read_expression(mapping.require("value", "an expression"), names_);
    check_name(mapping.node(), name);
    if (value) {
      sweep_.derived.push_back({std::move(name), std::move(paths), std::move(*value), unit});
    }
  }

  std::optional<PlacedExpression> read_expression(const Node& node,
                                                  const std::vector<std::string>& names) {
    if (node.is_silent()) return std::nullopt;
    if (!node.is_scalar()) {
      node.mismatch("an expression, such as rows * columns <= 16384");
      return std::nullopt;
    }
    Position position = node.position();
    if (node.tree()->quoted) ++position.column;
    const auto place = [&](std::size_t column) {
      Position at = position;
      at.column += static_cast<int>(column);
      return at;
    };
    try {
      PlacedExpression placed{Expression(node.tree()->text), position};
      for (const Expression::Name& name : placed.expression.names()) {
        const bool is_known = std::find(names.begin(), names.end(), name.text) != names.end();
        if (is_known || name.text.find('.') != std::string::npos) continue;
        diagnostics_.error(place(name.column), node.path(),
                           fmt::format("unknown name '{}' in '{}'; {}", name.text,
                                       node.tree()->text, suggest_name(name.text, names)));
      }
      return placed;
    } catch (const ExpressionError& error) {
      diagnostics_.error(place(error.column()), node.path(),
                         fmt::format("in '{}': {}", node.tree()->text, error.what()));
      return std::nullopt;
    }
  }

  void read_sampling(Mapping& sample) {
    Sampling& sampling = sweep_.sampling;
    if (sample.node().is_silent()) return;
    sampling.position = sample.node().position();
    sampling_fields(sample, sampling);
  }

  Diagnostics& diagnostics_;
  Sweep sweep_;
  std::vector<std::string> names_;  ///< so far, of axes and derived values
};

Sweep read_document(const Document& document, const std::filesystem::path& file,
                    Diagnostics& diagnostics) {
  Sweep sweep;
  if (document.tree()) sweep = SweepReader(file, diagnostics).read(document.root());
  diagnostics.throw_if_any();
  return sweep;
}

}  // namespace

std::vector<const Axis*> Sweep::axes() const {
  std::vector<const Axis*> all;
  for (const AxisGroup& group : groups) {
    for (const Axis& axis : group.axes) all.push_back(&axis);
  }
  return all;
}

Sweep load_sweep(const std::filesystem::path& file) {
  Diagnostics diagnostics;
  const Document document = Document::load(file, diagnostics);
  return read_document(document, file, diagnostics);
}

Sweep parse_sweep(std::string_view text, const std::filesystem::path& name) {
  Diagnostics diagnostics;
  const Document document = Document::parse(text, name.string(), diagnostics);
  return read_document(document, name, diagnostics);
}

}  // namespace systerm
