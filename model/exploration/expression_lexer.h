// SPDX-License-Identifier: Apache-2.0
// The words of an expression.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace systerm {

struct ExpressionToken {
  enum class Kind : std::uint8_t { kNumber, kText, kName, kSymbol, kEnd };

  Kind kind = Kind::kEnd;
  std::size_t column = 0;
  std::string text;     ///< as written; of a text, without its quotes
  double number = 0.0;  ///< with its unit applied
};

/// The last token is kEnd. Throws ExpressionError for characters that begin nothing.
std::vector<ExpressionToken> expression_tokens(std::string_view text);

}  // namespace systerm
