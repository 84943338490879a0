// SPDX-License-Identifier: Apache-2.0
// Expressions of sweep files, such as `rows * columns <= 16384`: conditions, constraints and
// derived values over the names of axes.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace systerm {

/// A number, a truth value, a text, or nothing: the value of an axis that does not apply.
using ExpressionValue = std::variant<std::monostate, double, bool, std::string>;

inline bool is_absent(const ExpressionValue& value) {
  return std::holds_alternative<std::monostate>(value);
}

/// "12", "true", "'tmac'", "nothing".
std::string describe(const ExpressionValue& value);

class ExpressionError : public std::runtime_error {
 public:
  ExpressionError(std::size_t column, const std::string& message)
      : std::runtime_error(message), column_(column) {}

  /// Of the mistake, from 0.
  std::size_t column() const { return column_; }

 private:
  std::size_t column_;
};

struct ExpressionNode;

/// Lowest to highest: `or`; `and`; `not`; `< <= > >= == !=`, chained as in 8 <= k <= 24; `+ -`;
/// `* / // %` (`//` and `%` round down); unary `-`; `**`. Numbers may carry a unit (`64 KiB`,
/// `500 MHz`), which turns them into bytes, Hz, bytes per second or seconds. Texts stand in quotes.
/// Functions: abs, ceil, floor, if, log2, max, min, round, sqrt.
///
/// An expression over an absent value is absent itself, except where `and`, `or` or `if` do not
/// need it.
class Expression {
 public:
  /// The value of a name; called for names of `names()` only.
  using Scope = std::function<ExpressionValue(std::string_view name)>;

  struct Name {
    std::string text;  ///< a name, or a path of keys such as design.array.rows
    std::size_t column;
  };

  /// Throws ExpressionError.
  explicit Expression(std::string text);
  Expression(Expression&&) noexcept;
  Expression& operator=(Expression&&) noexcept;
  ~Expression();

  /// Throws ExpressionError for operands of the wrong type and results that are no finite number.
  ExpressionValue evaluate(const Scope& scope) const;
  /// A condition: whether it is true; absent counts as `if_absent`. Throws also for other values.
  bool holds(const Scope& scope, bool if_absent) const;

  /// In order of appearance, each once.
  const std::vector<Name>& names() const { return names_; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::vector<Name> names_;
  std::unique_ptr<const ExpressionNode> root_;
};

}  // namespace systerm
