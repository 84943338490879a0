// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/axis_values.h"

#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "model/exploration/value_units.h"

namespace systerm {
namespace {

constexpr std::size_t kMostValues = 100'000;
/// Steps that decimal fractions make inexact still reach the end of a range.
constexpr double kRangeSlack = 1e-9;

struct RangeNumber {
  double value = 0.0;
  std::optional<Unit> unit;
};

std::optional<RangeNumber> range_number(const Node& node) {
  const auto text = node.text();
  if (!text) return std::nullopt;
  if (const auto number = parse_number(*text)) return RangeNumber{*number, std::nullopt};
  for (const ValueUnit& each : kValueUnits) {
    if (const auto value = parse_quantity(*text, each.unit)) return RangeNumber{*value, each.unit};
  }
  node.mismatch("a number, or a quantity such as 64 KiB");
  return std::nullopt;
}

std::string range_text(double value, const std::optional<Unit>& unit) {
  if (!unit) return format_number(value);
  const bool is_whole = value == std::floor(value) && std::fabs(value) < 9e15;
  if (*unit == Unit::kBytes && is_whole) return format_bytes(static_cast<std::int64_t>(value));
  return format_quantity(value, *unit);
}

class RangeReader {
 public:
  explicit RangeReader(Mapping& range) : range_(range) {}

  std::vector<AxisValue> values() {
    const auto from = bound("from");
    const auto to = bound("to");
    const auto step = optional_number("step");
    const auto factor = optional_number("factor");
    if (range_.node().is_silent() || !from || !to) return {};
    if (range_.has("step") == range_.has("factor")) {
      range_.node().error("expected either step or factor");
      return {};
    }
    if (from->unit != to->unit) {
      range_.node().error_at("to", "expected the same unit as from");
      return {};
    }
    const double slack = kRangeSlack * std::fabs(to->value - from->value);
    if (step) return stepped(*from, to->value, slack, *step);
    if (factor) return multiplied(*from, to->value, slack, *factor);
    return {};
  }

 private:
  std::optional<RangeNumber> bound(std::string_view key) {
    const Node node = range_.require(key, "a number, or a quantity such as 64 KiB");
    return node.is_silent() ? std::nullopt : range_number(node);
  }

  std::optional<RangeNumber> optional_number(std::string_view key) {
    const auto node = range_.find(key);
    return node ? range_number(*node) : std::nullopt;
  }

  std::vector<AxisValue> stepped(const RangeNumber& from, double to, double slack,
                                 const RangeNumber& step) {
    if (step.unit != from.unit) {
      range_.node().error_at("step", "expected the same unit as from");
      return {};
    }
    if (step.value == 0.0 || (to - from.value) * step.value < 0.0) {
      range_.node().error_at("step", "leads away from the end of the range");
      return {};
    }
    const double direction = step.value > 0.0 ? 1.0 : -1.0;
    std::vector<AxisValue> values;
    for (std::size_t i = 0; i <= kMostValues; ++i) {
      const double value = from.value + static_cast<double>(i) * step.value;
      if ((value - to) * direction > slack) return values;
      add(values, value, from.unit);
    }
    return too_many();
  }

  std::vector<AxisValue> multiplied(const RangeNumber& from, double to, double slack,
                                    const RangeNumber& factor) {
    const bool grows = to >= from.value;
    if (factor.unit || factor.value <= 0.0 || factor.value == 1.0 || from.value <= 0.0 ||
        to <= 0.0 || (from.value != to && grows != (factor.value > 1.0))) {
      range_.node().error_at("factor",
                             "leads away from the end of the range; expected a positive "
                             "number, and a range of positive ends");
      return {};
    }
    const double direction = factor.value > 1.0 ? 1.0 : -1.0;
    std::vector<AxisValue> values;
    for (std::size_t i = 0; i <= kMostValues; ++i) {
      const double value = from.value * std::pow(factor.value, static_cast<double>(i));
      if ((value - to) * direction > slack) return values;
      add(values, value, from.unit);
    }
    return too_many();
  }

  void add(std::vector<AxisValue>& values, double value, const std::optional<Unit>& unit) const {
    // 0.1 + 2 * 0.1 is meant to be 0.3.
    const auto rounded = parse_number(fmt::format("{:.12g}", value));
    values.push_back(axis_value(
        scalar_tree(range_text(rounded.value_or(value), unit), range_.node().position())));
  }

  std::vector<AxisValue> too_many() {
    range_.node().error(fmt::format("more than {} values", kMostValues));
    return {};
  }

  Mapping& range_;
};

}  // namespace

Tree scalar_tree(std::string text, const Position& position, bool quoted) {
  auto node = std::make_shared<TreeNode>();
  node->kind = TreeNode::Kind::kScalar;
  node->position = position;
  node->text = std::move(text);
  node->quoted = quoted;
  return node;
}

std::string tree_text(const TreeNode& node) {
  switch (node.kind) {
    case TreeNode::Kind::kNull:
      return "";
    case TreeNode::Kind::kScalar:
      return node.text;
    case TreeNode::Kind::kSequence: {
      std::string text = "[";
      for (const Tree& item : node.items) {
        if (text.size() > 1) text += ", ";
        text += tree_text(*item);
      }
      return text + "]";
    }
    case TreeNode::Kind::kMapping: {
      std::string text = "{";
      for (const TreeEntry& entry : node.entries) {
        if (text.size() > 1) text += ", ";
        text += entry.key + ": " + tree_text(*entry.value);
      }
      return text + "}";
    }
  }
  return {};
}

ExpressionValue expression_value(const TreeNode& node) {
  if (node.kind != TreeNode::Kind::kScalar || node.quoted) return tree_text(node);
  if (node.text == "true" || node.text == "false") return node.text == "true";
  if (const auto number = parse_number(node.text)) return *number;
  for (const ValueUnit& each : kValueUnits) {
    if (const auto value = parse_quantity(node.text, each.unit)) return *value;
  }
  return node.text;
}

std::string scalar_unit(const TreeNode& node) {
  if (node.kind != TreeNode::Kind::kScalar || node.quoted || is_number(node.text)) return "";
  for (const ValueUnit& each : kValueUnits) {
    if (parse_quantity(node.text, each.unit)) return std::string(each.base);
  }
  return "";
}

AxisValue axis_value(const Tree& tree) { return {tree, tree_text(*tree), expression_value(*tree)}; }

std::vector<AxisValue> read_axis_values(Mapping& axis) {
  std::vector<AxisValue> values;
  if (axis.node().is_silent()) return values;
  const bool has_list = axis.has("values");
  if (has_list == axis.has("range")) {
    axis.find("values");
    axis.find("range");
    axis.node().error("expected either values or range");
    return values;
  }
  if (has_list) {
    axis.find("range");
    const std::vector<Node> items = axis.items("values");
    for (const Node& item : items) values.push_back(axis_value(item.tree()));
    const auto list = axis.find("values");
    if (items.empty() && list->is_sequence()) list->error("expected at least one value");
    return values;
  }
  axis.find("values");
  axis.section("range", [&](Mapping& range) { values = RangeReader(range).values(); });
  return values;
}

}  // namespace systerm
