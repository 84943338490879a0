// SPDX-License-Identifier: Apache-2.0
#include "workloads/zoo/graph_document.h"

#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "workloads/document/document.h"
#include "workloads/document/nearest_name.h"
#include "workloads/graph/make_reversible.h"
#include "workloads/zoo/layer_expansion.h"
#include "workloads/zoo/layer_form.h"

namespace systerm {

namespace {

class GraphReader {
 public:
  GraphReader(std::int64_t batch, const Extents& extents, Diagnostics& diagnostics)
      : batch_(batch), extents_(extents), diagnostics_(diagnostics) {}

  GraphDocument read(const Node& node) {
    Mapping root = node.mapping();
    result_.graph.source = "zoo";
    root.text("network", result_.graph.name, Presence::kRequired);
    root.text("description", result_.description, Presence::kRequired);
    read_parameters(root.find("parameters"));
    if (root.has("inputs")) {
      for (const Node& input : root.items("inputs")) {
        Mapping mapping = values_in(input).mapping();
        read_input(mapping);
      }
    } else {
      root.section("input", [&](Mapping& input) { read_input(input); });
    }
    const auto templates = root.find("templates");
    const std::vector<Node> items = root.items("layers", Presence::kRequired);
    LayerExpansion expansion(templates.value_or(Node(nullptr, "templates", diagnostics_)),
                             parameters_, previous_);
    if (!diagnostics_.empty()) return std::move(result_);
    for (const Node& layer : expansion.expand(items)) {
      Mapping mapping = layer.mapping();
      // Later layers would only repeat what an earlier one got wrong.
      if (!read_layer(mapping)) break;
    }
    if (!previous_.empty() && diagnostics_.empty()) {
      graph().add_output(by_name_.at(previous_));
      make_blocks_reversible(root.node());
    }
    return std::move(result_);
  }

 private:
  Graph& graph() { return result_.graph; }

  void make_blocks_reversible(const Node& root) {
    if (reversible_.empty()) return;
    try {
      graph() = make_reversible(graph(), reversible_);
    } catch (const GraphError& error) {
      root.error_at("layers", error.what());
    }
  }

  /// Whole numbers with their defaults; the caller may give other ones.
  void read_parameters(const std::optional<Node>& node) {
    if (node && !node->is_mapping()) {
      node->mismatch("a mapping from names to whole numbers");
      return;
    }
    if (node) {
      Mapping mapping = node->mapping();
      for (const TreeEntry& entry : node->tree()->entries) {
        std::int64_t value = 0;
        mapping.integer(entry.key, value, kNotNegative);
        result_.extents[entry.key] = value;
      }
    }
    for (const auto& [name, value] : extents_) {
      if (!result_.extents.contains(name)) {
        std::vector<std::string> known;
        for (const auto& entry : result_.extents) known.push_back(entry.first);
        throw UnknownExtent(
            known.empty()
                ? fmt::format("network '{}' has no extent '{}', nor any other", graph().name, name)
                : fmt::format("network '{}' has no extent '{}'; {}", graph().name, name,
                              suggest_name(name, known)));
      }
      result_.extents[name] = value;
    }
    parameters_["batch"] = std::to_string(batch_);
    for (const auto& [name, value] : result_.extents) parameters_[name] = std::to_string(value);
  }

  Node values_in(const Node& node) {
    LayerExpansion expansion(Node(nullptr, "", diagnostics_), parameters_, "");
    const std::vector<Node> values = expansion.expand({node});
    return values.empty() ? Node(nullptr, node.path(), diagnostics_) : values.front();
  }

  void read_input(Mapping& mapping) {
    std::string name = "input";
    mapping.text("name", name);
    Shape shape{batch_};
    const auto extent = [&](const char* key) {
      std::int64_t value = 1;
      mapping.integer(key, value, kPositive, Presence::kRequired);
      shape.push_back(value);
    };
    if (mapping.has("positions")) {
      extent("positions");
      // Without features: numbers of rows of an embedding.
      if (mapping.has("features")) extent("features");
    } else {
      for (const char* key : {"channels", "height", "width"}) extent(key);
    }
    if (!diagnostics_.empty()) return;
    by_name_[name] = graph().add_input(name, shape);
    previous_ = name;
  }

  bool read_layer(Mapping& mapping) {
    std::string name;
    std::string type;
    static const std::vector<std::string> kTypeNames = [] {
      std::vector<std::string> names;
      for (const LayerTypeEntry& entry : layer_types()) names.push_back(entry.name);
      return names;
    }();
    const bool is_named = mapping.text("name", name, Presence::kRequired);
    const bool is_typed = mapping.name("type", type, kTypeNames, Presence::kRequired);
    if (!is_named || !is_typed || !diagnostics_.empty()) return false;
    std::vector<TensorId> inputs = read_inputs(mapping);
    if (inputs.empty()) return false;
    try {
      LayerForm form(mapping, graph(), name, std::move(inputs));
      for (const LayerTypeEntry& entry : layer_types()) {
        if (entry.name == type) entry.read(form);
      }
      mapping.finish();
      if (!diagnostics_.empty()) return false;
      by_name_[name] = form.build();
      if (form.is_reversible()) reversible_.push_back(name);
    } catch (const GraphError& error) {
      mapping.node().error(error.what());
      return false;
    }
    previous_ = name;
    return true;
  }

  std::vector<TensorId> read_inputs(Mapping& mapping) {
    std::vector<std::pair<std::string, Node>> names;
    if (const auto from = mapping.find("from")) {
      if (from->is_sequence()) {
        for (const Node& item : from->items()) {
          if (const auto name = item.text()) names.emplace_back(*name, item);
        }
      } else if (const auto name = from->text()) {
        names.emplace_back(*name, *from);
      }
    } else {
      names.emplace_back(previous_, mapping.node());
    }
    std::vector<TensorId> inputs;
    for (const auto& [name, node] : names) {
      const auto found = by_name_.find(name);
      if (found == by_name_.end()) {
        std::vector<std::string> known;
        for (const auto& entry : by_name_) known.push_back(entry.first);
        const auto nearest = nearest_name(name, known);
        node.error(fmt::format("there is no layer '{}' above{}", name,
                               nearest ? fmt::format("; did you mean '{}'?", *nearest) : ""));
        return {};
      }
      inputs.push_back(found->second);
    }
    return inputs;
  }

  std::int64_t batch_;
  const Extents& extents_;
  Diagnostics& diagnostics_;
  GraphDocument result_;
  std::map<std::string, std::string> parameters_;
  std::map<std::string, TensorId> by_name_;
  std::string previous_;
  std::vector<std::string> reversible_;  ///< layers that end reversible blocks
};

}  // namespace

GraphDocument parse_graph_document(std::string_view text, std::string source, std::int64_t batch,
                                   const Extents& extents) {
  Diagnostics diagnostics;
  const Document document = Document::parse(text, std::move(source), diagnostics);
  GraphDocument result = GraphReader(batch, extents, diagnostics).read(document.root());
  diagnostics.throw_if_any();
  return result;
}

}  // namespace systerm
