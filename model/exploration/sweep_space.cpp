// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/sweep_space.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "model/exploration/axis_values.h"
#include "workloads/document/quantity.h"

namespace systerm {
namespace {

/// Evaluates with errors that say where in the file the expression stands.
template <typename Evaluate>
auto placed(const PlacedExpression& expression, Evaluate evaluate) {
  try {
    return evaluate(expression.expression);
  } catch (const ExpressionError& error) {
    Diagnostics diagnostics;
    Position position = expression.position;
    position.column += static_cast<int>(error.column());
    diagnostics.error(position, "",
                      fmt::format("in '{}': {}", expression.expression.text(), error.what()));
    throw DocumentError(diagnostics.sorted());
  }
}

/// The value at `path` below `root`; null if there is none.
const TreeNode* find_path(const TreeNode* root, std::string_view path) {
  while (root != nullptr && !path.empty()) {
    if (path[0] == '[') {
      const std::size_t close = std::min(path.find(']'), path.size() - 1);
      const auto index = parse_integer(path.substr(1, close - 1));
      if (!index || *index < 0 || *index >= std::ssize(root->items)) return nullptr;
      root = root->items[static_cast<std::size_t>(*index)].get();
      path.remove_prefix(close + 1);
    } else {
      const std::size_t end = std::min(path.find_first_of(".["), path.size());
      const TreeEntry* entry = root->find(path.substr(0, end));
      root = entry == nullptr ? nullptr : entry->value.get();
      path.remove_prefix(end);
    }
    if (!path.empty() && path[0] == '.') path.remove_prefix(1);
  }
  return root;
}

bool is_below(std::string_view path, std::string_view parent) {
  return path.size() > parent.size() && path.starts_with(parent) &&
         (path[parent.size()] == '.' || path[parent.size()] == '[');
}

Tree derived_tree(const DerivedValue& derived, const ExpressionValue& value) {
  const Position& position = derived.value.position;
  if (const double* number = std::get_if<double>(&value)) {
    const std::string text = format_number(*number);
    return scalar_tree(derived.unit.empty() ? text : text + " " + derived.unit, position);
  }
  if (const bool* truth = std::get_if<bool>(&value)) {
    return scalar_tree(*truth ? "true" : "false", position);
  }
  return scalar_tree(std::get<std::string>(value), position, true);
}

}  // namespace

SweepSpace::SweepSpace(const Sweep& sweep, Tree base)
    : sweep_(sweep), base_(std::move(base)), constraints_(sweep.groups.size()) {
  for (std::size_t group = 0; group < sweep.groups.size(); ++group) {
    for (const Axis& axis : sweep.groups[group].axes) axes_.push_back({axis.name, group, &axis});
  }
  for (const PlacedExpression& constraint : sweep.constraints) {
    constraints_[level(constraint.expression)].push_back(&constraint);
  }
}

const SweepSpace::AxisPlace* SweepSpace::find_axis(std::string_view name) const {
  const auto found = std::find_if(axes_.begin(), axes_.end(),
                                  [name](const AxisPlace& each) { return each.name == name; });
  return found == axes_.end() ? nullptr : &*found;
}

std::size_t SweepSpace::find_derived(std::string_view name) const {
  const auto found = std::find_if(sweep_.derived.begin(), sweep_.derived.end(),
                                  [name](const DerivedValue& each) { return each.name == name; });
  return static_cast<std::size_t>(found - sweep_.derived.begin());
}

std::size_t SweepSpace::level(const Expression& expression) const {
  std::size_t last = 0;
  for (const Expression::Name& name : expression.names()) {
    if (const AxisPlace* place = find_axis(name.text)) {
      last = std::max(last, place->group);
    } else if (const std::size_t index = find_derived(name.text); index < sweep_.derived.size()) {
      last = std::max(last, level(sweep_.derived[index].value.expression));
    } else {
      return sweep_.groups.size() - 1;  // a key that any axis may set
    }
  }
  return last;
}

bool SweepSpace::applies(std::size_t group, const Choices& choices) const {
  const auto& when = sweep_.groups[group].when;
  if (!when) return true;
  return placed(*when, [&](const Expression& expression) {
    return expression.holds(
        [&](std::string_view name) { return name_value(name, choices, sweep_.derived.size()); },
        false);
  });
}

bool SweepSpace::satisfies(std::size_t group, const Choices& choices) const {
  return std::all_of(constraints_[group].begin(), constraints_[group].end(),
                     [&](const PlacedExpression* constraint) {
                       return placed(*constraint, [&](const Expression& expression) {
                         return expression.holds(
                             [&](std::string_view name) {
                               return name_value(name, choices, sweep_.derived.size());
                             },
                             true);
                       });
                     });
}

bool SweepSpace::admits(Choices& choices) const {
  for (std::size_t group = 0; group < choices.size(); ++group) {
    if (!applies(group, choices)) choices[group] = kNotApplied;
    if (!satisfies(group, choices)) return false;
  }
  return true;
}

ExpressionValue SweepSpace::value(std::string_view name, const Choices& choices) const {
  return name_value(name, choices, sweep_.derived.size());
}

std::optional<std::string> SweepSpace::text(std::string_view name, const Choices& choices) const {
  if (const AxisPlace* place = find_axis(name)) {
    const std::int32_t choice = choices[place->group];
    if (choice == kNotApplied) return std::nullopt;
    return place->axis->values[static_cast<std::size_t>(choice)].text;
  }
  const ExpressionValue found = value(name, choices);
  if (is_absent(found)) return std::nullopt;
  return derived_tree(sweep_.derived[find_derived(name)], found)->text;
}

ExpressionValue SweepSpace::name_value(std::string_view name, const Choices& choices,
                                       std::size_t derived_before) const {
  if (const AxisPlace* place = find_axis(name)) {
    const std::int32_t choice = choices[place->group];
    if (choice == kNotApplied) return {};
    return place->axis->values[static_cast<std::size_t>(choice)].value;
  }
  const std::size_t index = find_derived(name);
  if (index < derived_before) return derived_value(index, choices);
  return path_value(name, choices, derived_before);
}

ExpressionValue SweepSpace::derived_value(std::size_t index, const Choices& choices) const {
  return placed(sweep_.derived[index].value, [&](const Expression& expression) {
    return expression.evaluate(
        [&](std::string_view name) { return name_value(name, choices, index); });
  });
}

ExpressionValue SweepSpace::path_value(std::string_view path, const Choices& choices,
                                       std::size_t derived_before) const {
  for (std::size_t i = derived_before; i-- > 0;) {
    const auto& paths = sweep_.derived[i].paths;
    if (std::find(paths.begin(), paths.end(), path) != paths.end()) {
      const ExpressionValue found = derived_value(i, choices);
      if (!is_absent(found)) return found;
    }
  }
  const auto laid_over = [&](const std::string& key,
                             const Tree& tree) -> std::optional<ExpressionValue> {
    if (key != path && !is_below(path, key)) return std::nullopt;
    const TreeNode* found =
        key == path ? tree.get() : find_path(tree.get(), path.substr(key.size() + 1));
    if (found == nullptr) {
      throw ExpressionError(
          0, fmt::format("'{}' is not known, since '{}' is set as a whole", path, key));
    }
    return expression_value(*found);
  };
  for (std::size_t i = axes_.size(); i-- > 0;) {
    const std::int32_t choice = choices[axes_[i].group];
    if (choice == kNotApplied) continue;
    for (const std::string& key : axes_[i].axis->paths) {
      const Tree& tree = axes_[i].axis->values[static_cast<std::size_t>(choice)].tree;
      if (auto found = laid_over(key, tree)) return *found;
    }
  }
  for (std::size_t i = sweep_.set.size(); i-- > 0;) {
    if (auto found = laid_over(sweep_.set[i].path, sweep_.set[i].value)) return *found;
  }
  const TreeNode* found = find_path(base_.get(), path);
  if (found == nullptr) {
    throw ExpressionError(0, fmt::format("the base experiment has no key '{}'", path));
  }
  return expression_value(*found);
}

std::vector<Override> SweepSpace::overrides(const Choices& choices) const {
  std::vector<Override> all = sweep_.set;
  for (const AxisPlace& place : axes_) {
    const std::int32_t choice = choices[place.group];
    if (choice == kNotApplied) continue;
    for (const std::string& path : place.axis->paths) {
      all.push_back({path, place.axis->values[static_cast<std::size_t>(choice)].tree});
    }
  }
  for (std::size_t i = 0; i < sweep_.derived.size(); ++i) {
    const DerivedValue& derived = sweep_.derived[i];
    if (derived.paths.empty()) continue;
    const ExpressionValue found = derived_value(i, choices);
    if (is_absent(found)) continue;
    const Tree tree = derived_tree(derived, found);
    for (const std::string& path : derived.paths) all.push_back({path, tree});
  }
  return all;
}

}  // namespace systerm
