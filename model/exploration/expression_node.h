// SPDX-License-Identifier: Apache-2.0
// The syntax tree of an expression, and how text becomes one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/exploration/expression.h"

namespace systerm {

struct ExpressionNode {
  enum class Kind : std::uint8_t {
    kLiteral,
    kName,
    kNegate,
    kNot,
    kAnd,
    kOr,
    kArithmetic,  ///< two children
    kComparison,  ///< operands and, between them, `operators`
    kCall,
  };

  Kind kind = Kind::kLiteral;
  std::size_t column = 0;
  ExpressionValue value{};               ///< of a literal
  std::string text{};                    ///< name, function, or operator
  std::vector<std::string> operators{};  ///< of a comparison
  std::vector<std::unique_ptr<const ExpressionNode>> children{};
};

/// Throws ExpressionError.
std::unique_ptr<const ExpressionNode> parse_expression(std::string_view text);

}  // namespace systerm
