// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/expression.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "model/exploration/expression_node.h"
#include "workloads/document/quantity.h"

namespace systerm {
namespace {

using Kind = ExpressionNode::Kind;

void collect_names(const ExpressionNode& node, std::vector<Expression::Name>& names) {
  if (node.kind == Kind::kName &&
      std::none_of(names.begin(), names.end(),
                   [&](const Expression::Name& each) { return each.text == node.text; })) {
    names.push_back({node.text, node.column});
  }
  for (const auto& child : node.children) collect_names(*child, names);
}

bool compare(const std::string& op, int order) {
  if (op == "<") return order < 0;
  if (op == "<=") return order <= 0;
  if (op == ">") return order > 0;
  if (op == ">=") return order >= 0;
  return (op == "==") == (order == 0);
}

class Evaluation {
 public:
  explicit Evaluation(const Expression::Scope& scope) : scope_(scope) {}

  ExpressionValue value(const ExpressionNode& node) const {
    switch (node.kind) {
      case Kind::kLiteral:
        return node.value;
      case Kind::kName:
        return scope_(node.text);
      case Kind::kNegate: {
        const auto operand = number(*node.children[0]);
        if (!operand) return {};
        return -*operand;
      }
      case Kind::kNot: {
        const auto operand = truth(*node.children[0]);
        if (!operand) return {};
        return !*operand;
      }
      case Kind::kAnd:
        return junction(node, false);
      case Kind::kOr:
        return junction(node, true);
      case Kind::kArithmetic:
        return arithmetic(node);
      case Kind::kComparison:
        return comparison(node);
      case Kind::kCall:
        return call(node);
    }
    return {};
  }

 private:
  std::optional<double> number(const ExpressionNode& node) const {
    const ExpressionValue got = value(node);
    if (is_absent(got)) return std::nullopt;
    if (const double* number = std::get_if<double>(&got)) return *number;
    throw ExpressionError(node.column, fmt::format("expected a number, got {}", describe(got)));
  }

  std::optional<bool> truth(const ExpressionNode& node) const {
    const ExpressionValue got = value(node);
    if (is_absent(got)) return std::nullopt;
    if (const bool* truth = std::get_if<bool>(&got)) return *truth;
    throw ExpressionError(node.column, fmt::format("expected a condition, got {}", describe(got)));
  }

  /// `decisive` is the value of one side that settles the result.
  ExpressionValue junction(const ExpressionNode& node, bool decisive) const {
    const auto left = truth(*node.children[0]);
    if (left == decisive) return decisive;
    const auto right = truth(*node.children[1]);
    if (right == decisive) return decisive;
    if (!left || !right) return {};
    return !decisive;
  }

  static double finite(const ExpressionNode& node, double result) {
    if (!std::isfinite(result)) {
      throw ExpressionError(node.column,
                            fmt::format("'{}' gives no finite number here", node.text));
    }
    return result;
  }

  ExpressionValue arithmetic(const ExpressionNode& node) const {
    const auto left = number(*node.children[0]);
    const auto right = number(*node.children[1]);
    if (!left || !right) return {};
    const bool divides = node.text == "/" || node.text == "//" || node.text == "%";
    if (divides && *right == 0.0) throw ExpressionError(node.column, "division by zero");
    if (node.text == "+") return finite(node, *left + *right);
    if (node.text == "-") return finite(node, *left - *right);
    if (node.text == "*") return finite(node, *left * *right);
    if (node.text == "/") return finite(node, *left / *right);
    if (node.text == "//") return finite(node, std::floor(*left / *right));
    if (node.text == "%") return finite(node, *left - *right * std::floor(*left / *right));
    return finite(node, std::pow(*left, *right));
  }

  /// Nothing if one of them is absent.
  static std::optional<int> order(const ExpressionNode& node, const std::string& op,
                                  const ExpressionValue& left, const ExpressionValue& right) {
    if (is_absent(left) || is_absent(right)) return std::nullopt;
    if (left.index() != right.index()) {
      throw ExpressionError(
          node.column, fmt::format("cannot compare {} with {}", describe(left), describe(right)));
    }
    if (std::holds_alternative<bool>(left) && op != "==" && op != "!=") {
      throw ExpressionError(node.column, "truth values have no order");
    }
    return left < right ? -1 : (right < left ? 1 : 0);
  }

  ExpressionValue comparison(const ExpressionNode& node) const {
    ExpressionValue left = value(*node.children[0]);
    for (std::size_t i = 0; i < node.operators.size(); ++i) {
      ExpressionValue right = value(*node.children[i + 1]);
      const auto ordered = order(node, node.operators[i], left, right);
      if (!ordered) return {};
      if (!compare(node.operators[i], *ordered)) return false;
      left = std::move(right);
    }
    return true;
  }

  ExpressionValue call(const ExpressionNode& node) const {
    if (node.text == "if") {
      const auto condition = truth(*node.children[0]);
      if (!condition) return {};
      return value(*node.children[*condition ? 1 : 2]);
    }
    std::vector<double> values;
    for (const auto& child : node.children) {
      const auto operand = number(*child);
      if (!operand) return {};
      values.push_back(*operand);
    }
    if (node.text == "max") return *std::max_element(values.begin(), values.end());
    if (node.text == "min") return *std::min_element(values.begin(), values.end());
    if (node.text == "abs") return std::fabs(values[0]);
    if (node.text == "ceil") return std::ceil(values[0]);
    if (node.text == "floor") return std::floor(values[0]);
    if (node.text == "round") return std::round(values[0]);
    if (node.text == "log2") return finite(node, std::log2(values[0]));
    return finite(node, std::sqrt(values[0]));
  }

  const Expression::Scope& scope_;
};

}  // namespace

std::string describe(const ExpressionValue& value) {
  if (const double* number = std::get_if<double>(&value)) return format_number(*number);
  if (const bool* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&value)) return fmt::format("'{}'", *text);
  return "nothing";
}

Expression::Expression(std::string text) : text_(std::move(text)), root_(parse_expression(text_)) {
  collect_names(*root_, names_);
}

Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(Expression&&) noexcept = default;
Expression::~Expression() = default;

ExpressionValue Expression::evaluate(const Scope& scope) const {
  return Evaluation(scope).value(*root_);
}

bool Expression::holds(const Scope& scope, bool if_absent) const {
  const ExpressionValue value = evaluate(scope);
  if (is_absent(value)) return if_absent;
  if (const bool* truth = std::get_if<bool>(&value)) return *truth;
  throw ExpressionError(0, fmt::format("expected a condition, got {}", describe(value)));
}

}  // namespace systerm
