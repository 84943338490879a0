// SPDX-License-Identifier: Apache-2.0
#include "workloads/document/node.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "workloads/document/mapping.h"
#include "workloads/document/nearest_name.h"

namespace systerm {
namespace {

/// "WHAT", "WHAT of at least A", "WHAT of at most B" or "WHAT from A to B".
std::string bounded(std::string_view what, const std::optional<std::string>& minimum,
                    const std::optional<std::string>& maximum) {
  if (minimum && maximum) return fmt::format("{} from {} to {}", what, *minimum, *maximum);
  if (minimum) return fmt::format("{} of at least {}", what, *minimum);
  if (maximum) return fmt::format("{} of at most {}", what, *maximum);
  return std::string(what);
}

template <typename Range, typename Write>
std::string bounded(std::string_view what, const Range& range, Write write) {
  const Range open;
  std::optional<std::string> minimum;
  std::optional<std::string> maximum;
  if (range.minimum != open.minimum) minimum = write(range.minimum);
  if (range.maximum != open.maximum) maximum = write(range.maximum);
  return bounded(what, minimum, maximum);
}

template <typename Range, typename T>
bool contains(const Range& range, T value) {
  return range.minimum <= value && value <= range.maximum;
}

}  // namespace

std::string expected_integer(const IntegerRange& range) {
  if (range.minimum == range.maximum) return fmt::format("{}", range.minimum);
  return bounded("an integer", range, [](std::int64_t value) { return fmt::format("{}", value); });
}

std::string expected_number(const NumberRange& range) {
  return bounded("a number", range, format_number);
}

std::string expected_quantity(Unit unit, const NumberRange& range) {
  return bounded(fmt::format("a {}", unit_noun(unit)), range,
                 [unit](double value) { return format_quantity(value, unit); });
}

std::string expected_bytes(const IntegerRange& range) {
  return bounded(fmt::format("a {}", unit_noun(Unit::kBytes)), range, format_bytes);
}

std::string expected_choice(std::span<const std::string> names) {
  return names.size() == 1 ? fmt::format("'{}'", names[0])
                           : fmt::format("one of {}", list_names(names));
}

Node::Node(Tree tree, std::string path, Diagnostics& diagnostics)
    : tree_(std::move(tree)), path_(std::move(path)), diagnostics_(&diagnostics) {}

std::optional<std::int64_t> Node::integer(const IntegerRange& range) const {
  if (is_plain_scalar()) {
    const auto value = parse_integer(tree_->text);
    if (value && contains(range, *value)) return value;
  }
  mismatch(expected_integer(range));
  return std::nullopt;
}

std::optional<double> Node::number(const NumberRange& range) const {
  if (is_plain_scalar()) {
    const auto value = parse_number(tree_->text);
    if (value && contains(range, *value)) return value;
  }
  mismatch(expected_number(range));
  return std::nullopt;
}

std::optional<bool> Node::boolean() const {
  if (is_plain_scalar()) {
    if (tree_->text == "true") return true;
    if (tree_->text == "false") return false;
  }
  mismatch("true or false");
  return std::nullopt;
}

std::optional<std::string> Node::text() const {
  if (is_scalar()) return tree_->text;
  mismatch("text");
  return std::nullopt;
}

std::optional<double> Node::quantity(Unit unit, const NumberRange& range) const {
  if (is_scalar()) {
    const auto value = parse_quantity(tree_->text, unit);
    if (value && contains(range, *value)) return value;
    if (value) {
      mismatch(expected_quantity(unit, range));
    } else if (is_number(tree_->text)) {
      mismatch(fmt::format("a {} with its unit, such as {}", unit_noun(unit), unit_example(unit)));
    } else {
      mismatch(fmt::format("a {} in {}, such as {}", unit_noun(unit), unit_names(unit),
                           unit_example(unit)));
    }
    return std::nullopt;
  }
  mismatch(fmt::format("a {}, such as {}", unit_noun(unit), unit_example(unit)));
  return std::nullopt;
}

std::optional<std::int64_t> Node::bytes(const IntegerRange& range) const {
  if (is_scalar()) {
    if (const auto value = parse_bytes(tree_->text)) {
      if (contains(range, *value)) return value;
      mismatch(expected_bytes(range));
      return std::nullopt;
    }
    if (parse_quantity(tree_->text, Unit::kBytes)) {
      mismatch("a whole number of bytes");
      return std::nullopt;
    }
  }
  // Not a size at all: the diagnostic is that of any quantity.
  quantity(Unit::kBytes);
  return std::nullopt;
}

std::optional<std::size_t> Node::name(std::span<const std::string> names) const {
  const std::string expected = expected_choice(names);
  if (!is_scalar()) {
    mismatch(expected);
    return std::nullopt;
  }
  const auto found = std::find(names.begin(), names.end(), tree_->text);
  if (found != names.end()) return static_cast<std::size_t>(std::distance(names.begin(), found));
  const auto nearest = nearest_name(tree_->text, names);
  error(fmt::format("expected {}; got {}{}", expected, describe(*tree_),
                    nearest ? fmt::format(" (did you mean '{}'?)", *nearest) : ""));
  return std::nullopt;
}

std::vector<Node> Node::items() const {
  std::vector<Node> nodes;
  if (is_silent()) return nodes;
  if (!is_sequence()) {
    mismatch("a sequence");
    return nodes;
  }
  for (std::size_t i = 0; i < tree_->items.size(); ++i) {
    nodes.emplace_back(tree_->items[i], item_path(path_, i), *diagnostics_);
  }
  return nodes;
}

Mapping Node::mapping() const {
  if (!is_silent() && !is_mapping()) mismatch("a mapping");
  return Mapping(is_mapping() ? *this : Node(nullptr, path_, *diagnostics_));
}

void Node::error(std::string message) const {
  if (!is_silent()) diagnostics_->error(tree_->position, path_, std::move(message));
}

void Node::error_at(std::string_view relative_path, std::string message) const {
  if (is_silent()) return;
  const TreeNode* deepest = tree_.get();
  Position position = deepest->position;
  std::size_t i = 0;
  while (i < relative_path.size()) {
    const char separator = relative_path[i];
    if (separator == '.') ++i;
    const std::size_t end =
        std::min(relative_path.find_first_of(".[", i + 1), relative_path.size());
    const std::string_view step = relative_path.substr(i, end - i);
    const TreeNode* next = nullptr;
    if (step.starts_with('[')) {
      const auto index = parse_integer(step.substr(1, step.size() - 2));
      if (index && *index >= 0 && *index < std::ssize(deepest->items)) {
        next = deepest->items[static_cast<std::size_t>(*index)].get();
      }
    } else if (const TreeEntry* entry = deepest->find(step)) {
      next = entry->value.get();
    }
    if (next == nullptr) break;
    deepest = next;
    position = next->position;
    i = end;
  }
  const std::string path = relative_path.starts_with('[') ? path_ + std::string(relative_path)
                                                          : key_path(path_, relative_path);
  diagnostics_->error(position, path, std::move(message));
}

void Node::mismatch(const std::string& expected) const {
  if (is_silent()) return;
  const bool needs_no_quotes =
      is_number(tree_->text) || tree_->text == "true" || tree_->text == "false";
  error(fmt::format("expected {}; got {}{}", expected, describe(*tree_),
                    tree_->quoted && needs_no_quotes ? " in quotes" : ""));
}

}  // namespace systerm
