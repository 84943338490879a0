// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/compare_results.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "model/exploration/axis_values.h"
#include "model/exploration/figures.h"
#include "model/exploration/result_store.h"
#include "workloads/document/document.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

/// In the order written.
using Texts = std::vector<std::pair<std::string, std::string>>;

void flatten(const Tree& tree, const std::string& path, Texts& texts) {
  if (tree->kind == TreeNode::Kind::kMapping) {
    for (const TreeEntry& entry : tree->entries) {
      flatten(entry.value, key_path(path, entry.key), texts);
    }
  } else if (tree->kind == TreeNode::Kind::kSequence) {
    for (std::size_t i = 0; i < tree->items.size(); ++i) {
      flatten(tree->items[i], item_path(path, i), texts);
    }
  } else {
    texts.emplace_back(path, tree_text(*tree));
  }
}

Texts keys_of(const ComparedResult& result) {
  Texts texts;
  Diagnostics diagnostics;
  const Document document = Document::parse(result.configuration, result.name, diagnostics);
  diagnostics.throw_if_any();
  if (document.tree() && !result.configuration.empty()) flatten(document.tree(), "", texts);
  return texts;
}

std::vector<KeyDifference> compare_keys(const ComparedResult& a, const ComparedResult& b) {
  std::vector<KeyDifference> differences;
  if (a.configuration.empty() || b.configuration.empty()) return differences;
  const Texts of_a = keys_of(a);
  const Texts of_b = keys_of(b);
  const std::map<std::string, std::string> index_a(of_a.begin(), of_a.end());
  const std::map<std::string, std::string> index_b(of_b.begin(), of_b.end());
  for (const auto& [path, text] : of_a) {
    const auto other = index_b.find(path);
    if (other == index_b.end()) {
      differences.push_back({path, text, std::nullopt});
    } else if (other->second != text) {
      differences.push_back({path, text, other->second});
    }
  }
  for (const auto& [path, text] : of_b) {
    if (!index_a.contains(path)) differences.push_back({path, std::nullopt, text});
  }
  return differences;
}

struct Figure {
  std::string layer;
  std::string figure;
  double value;

  std::string name() const {
    return layer.empty() ? figure : fmt::format("layers.{}.{}", layer, figure);
  }
};

std::vector<Figure> figures_of(const Json& document,
                               const std::function<bool(const std::string&)>& is_compared) {
  std::vector<Figure> figures;
  const auto add = [&](const std::string& layer, const std::string& name, const Json& value) {
    Figure figure{layer, name, value.get<double>()};
    if (is_compared(figure.name())) figures.push_back(std::move(figure));
  };
  visit_figures(document,
                [&](const std::string& name, const Json& value) { add("", name, value); });
  if (!document.contains("layers")) return figures;
  for (const Json& layer : document["layers"]) {
    const std::string name = layer.value("name", "");
    visit_figures(layer, "",
                  [&](const std::string& figure, const Json& value) { add(name, figure, value); });
  }
  return figures;
}

}  // namespace

double FigureDifference::change() const {
  if (a == b) return 0.0;
  if (a == 0.0) return std::copysign(std::numeric_limits<double>::infinity(), b);
  return (b - a) / std::fabs(a);
}

double Comparison::largest_change() const {
  double largest = 0.0;
  if (!only_a.empty() || !only_b.empty()) return std::numeric_limits<double>::infinity();
  for (const FigureDifference& each : figures) {
    largest = std::max(largest, std::fabs(each.change()));
  }
  return largest;
}

ComparedResult load_compared(const std::filesystem::path& path) {
  const std::filesystem::path file =
      std::filesystem::is_directory(path) ? path / "result.json" : path;
  const auto text = read_whole(file);
  if (!text) throw std::runtime_error(fmt::format("no such file: {}", file.string()));
  Json document = Json::parse(*text, nullptr, false);
  if (document.contains("systerm_point")) {
    const auto point = ResultStore::read_point(file);
    if (!point) throw std::runtime_error(fmt::format("{} is damaged", file.string()));
    return {path.string(), point->configuration, Json::parse(point->result)};
  }
  if (!document.is_object() || !document.contains("total")) {
    throw std::runtime_error(
        fmt::format("{} is no result: expected the folder of a run, its "
                    "result.json, or the file of a point in a store",
                    file.string()));
  }
  return {path.string(), read_whole(file.parent_path() / "experiment.yaml").value_or(""),
          std::move(document)};
}

Comparison compare(const ComparedResult& a, const ComparedResult& b,
                   const std::function<bool(const std::string&)>& is_compared) {
  Comparison comparison;
  comparison.configuration = compare_keys(a, b);
  const std::vector<Figure> of_a = figures_of(a.document, is_compared);
  const std::vector<Figure> of_b = figures_of(b.document, is_compared);
  std::map<std::string, double> index_b;
  for (const Figure& figure : of_b) index_b.emplace(figure.name(), figure.value);
  std::map<std::string, double> index_a;
  for (const Figure& figure : of_a) {
    index_a.emplace(figure.name(), figure.value);
    const auto other = index_b.find(figure.name());
    if (other == index_b.end()) {
      comparison.only_a.push_back(figure.name());
    } else if (other->second != figure.value) {
      comparison.figures.push_back({figure.layer, figure.figure, figure.value, other->second});
    }
  }
  for (const Figure& figure : of_b) {
    if (!index_a.contains(figure.name())) comparison.only_b.push_back(figure.name());
  }
  return comparison;
}

}  // namespace systerm
