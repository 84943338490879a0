// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/expression_lexer.h"

#include <optional>

#include <fmt/format.h>

#include "model/exploration/expression.h"
#include "model/exploration/value_units.h"

namespace systerm {
namespace {

constexpr std::array<std::string_view, 17> kSymbols = {
    "<=", ">=", "==", "!=", "**", "//", "<", ">", "+", "-", "*", "/", "%", "(", ")", ",", "="};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_part(char c) {
  return is_name_start(c) || is_digit(c) || c == '.' || c == '[' || c == ']';
}
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<ExpressionToken> tokens() {
    std::vector<ExpressionToken> tokens;
    do {
      tokens.push_back(next());
    } while (tokens.back().kind != ExpressionToken::Kind::kEnd);
    return tokens;
  }

 private:
  using Kind = ExpressionToken::Kind;

  ExpressionToken next() {
    skip_blanks();
    if (at_ == text_.size()) return {Kind::kEnd, at_, "", 0.0};
    const char c = text_[at_];
    if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) {
      return number();
    }
    if (is_name_start(c)) {
      const std::size_t begin = at_;
      return {Kind::kName, begin, std::string(take(is_name_part)), 0.0};
    }
    if (c == '\'' || c == '"') return quoted(c);
    return symbol();
  }

  void skip_blanks() { take(is_blank); }

  template <typename Belongs>
  std::string_view take(Belongs belongs) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && belongs(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  ExpressionToken number() {
    const std::size_t begin = at_;
    take(is_digit);
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      take(is_digit);
    }
    take_exponent();
    const std::string digits =
        (text_[begin] == '.' ? "0" : "") + std::string(text_.substr(begin, at_ - begin));
    const auto value = parse_number(digits);
    if (!value) throw ExpressionError(begin, fmt::format("'{}' is not a number", digits));
    const auto with_unit = unit(digits);
    return {Kind::kNumber, begin, std::string(text_.substr(begin, at_ - begin)),
            with_unit.value_or(*value)};
  }

  void take_exponent() {
    if (at_ == text_.size() || (text_[at_] != 'e' && text_[at_] != 'E')) return;
    std::size_t digit = at_ + 1;
    if (digit < text_.size() && (text_[digit] == '+' || text_[digit] == '-')) ++digit;
    if (digit == text_.size() || !is_digit(text_[digit])) return;
    at_ = digit;
    take(is_digit);
  }

  /// A unit behind the number, if there is one; words such as `and` are none.
  std::optional<double> unit(const std::string& digits) {
    const std::size_t number_end = at_;
    skip_blanks();
    const std::size_t begin = at_;
    const std::string word(
        take([](char c) { return is_name_start(c) || is_digit(c) || c == '/'; }));
    // As much of the word as is a unit: in `64 B/2` the slash divides.
    for (const std::string& candidate : {word, word.substr(0, word.find('/'))}) {
      for (const ValueUnit& each : kValueUnits) {
        if (const auto value = parse_quantity(digits + " " + candidate, each.unit)) {
          at_ = begin + candidate.size();
          return value;
        }
      }
    }
    at_ = number_end;
    if (!word.empty() && begin == number_end && is_name_start(word[0])) {
      throw ExpressionError(begin, fmt::format("unknown unit '{}'", word));
    }
    return std::nullopt;
  }

  ExpressionToken quoted(char quote) {
    const std::size_t begin = at_;
    const std::size_t end = text_.find(quote, begin + 1);
    if (end == std::string_view::npos) {
      throw ExpressionError(begin, "the quoted text has no end");
    }
    at_ = end + 1;
    return {Kind::kText, begin, std::string(text_.substr(begin + 1, end - begin - 1)), 0.0};
  }

  ExpressionToken symbol() {
    for (const std::string_view each : kSymbols) {
      if (!text_.substr(at_).starts_with(each)) continue;
      if (each == "=") throw ExpressionError(at_, "use '==' to compare");
      at_ += each.size();
      return {Kind::kSymbol, at_ - each.size(), std::string(each), 0.0};
    }
    throw ExpressionError(at_, fmt::format("'{}' begins no part of an expression", text_[at_]));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<ExpressionToken> expression_tokens(std::string_view text) {
  return Lexer(text).tokens();
}

}  // namespace systerm
