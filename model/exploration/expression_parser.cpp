// SPDX-License-Identifier: Apache-2.0
// Recursive descent, one function a level of precedence.
#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include <fmt/format.h>

#include "model/exploration/expression_lexer.h"
#include "model/exploration/expression_node.h"
#include "workloads/document/nearest_name.h"

namespace systerm {
namespace {

using Kind = ExpressionNode::Kind;
using Pointer = std::unique_ptr<const ExpressionNode>;

constexpr int kDeepest = 100;

struct Function {
  std::string_view name;
  std::size_t least;
  std::size_t most;
};
constexpr std::size_t kAnyNumber = 1000;
constexpr std::array<Function, 9> kFunctions = {{{"abs", 1, 1},
                                                 {"ceil", 1, 1},
                                                 {"floor", 1, 1},
                                                 {"if", 3, 3},
                                                 {"log2", 1, 1},
                                                 {"max", 1, kAnyNumber},
                                                 {"min", 1, kAnyNumber},
                                                 {"round", 1, 1},
                                                 {"sqrt", 1, 1}}};

class Parser {
 public:
  explicit Parser(std::string_view text) : tokens_(expression_tokens(text)) {}

  Pointer parse() {
    Pointer root = disjunction();
    if (peek().kind != ExpressionToken::Kind::kEnd) {
      throw ExpressionError(peek().column,
                            fmt::format("expected an operator, got {}", described(peek())));
    }
    return root;
  }

 private:
  const ExpressionToken& peek() const { return tokens_[at_]; }

  static std::string described(const ExpressionToken& token) {
    return token.kind == ExpressionToken::Kind::kEnd ? "the end" : fmt::format("'{}'", token.text);
  }

  bool is_word(std::string_view word) const {
    return peek().kind == ExpressionToken::Kind::kName && peek().text == word;
  }
  bool is_symbol(std::string_view symbol) const {
    return peek().kind == ExpressionToken::Kind::kSymbol && peek().text == symbol;
  }
  bool is_symbol_of(std::initializer_list<std::string_view> symbols) const {
    return std::any_of(symbols.begin(), symbols.end(),
                       [this](std::string_view each) { return is_symbol(each); });
  }

  void expect(std::string_view symbol) {
    if (!is_symbol(symbol)) {
      throw ExpressionError(peek().column,
                            fmt::format("expected '{}', got {}", symbol, described(peek())));
    }
    ++at_;
  }

  static std::unique_ptr<ExpressionNode> node(Kind kind, const ExpressionToken& token) {
    auto made = std::make_unique<ExpressionNode>();
    made->kind = kind;
    made->column = token.column;
    made->text = token.text;
    return made;
  }

  template <typename Operand>
  Pointer junction(Kind kind, std::string_view word, Operand operand) {
    Pointer left = operand();
    while (is_word(word)) {
      auto made = node(kind, tokens_[at_++]);
      made->children.push_back(std::move(left));
      made->children.push_back(operand());
      left = std::move(made);
    }
    return left;
  }

  Pointer disjunction() {
    if (++depth_ > kDeepest) throw ExpressionError(peek().column, "too deeply nested");
    Pointer made = junction(Kind::kOr, "or", [this] { return conjunction(); });
    --depth_;
    return made;
  }

  Pointer conjunction() {
    return junction(Kind::kAnd, "and", [this] { return negation(); });
  }

  Pointer negation() {
    std::vector<const ExpressionToken*> words;
    while (is_word("not")) words.push_back(&tokens_[at_++]);
    Pointer inner = comparison();
    // Two of them still turn a truth value around twice, and refuse anything else.
    while (!words.empty()) {
      auto made = node(Kind::kNot, *words.back());
      made->children.push_back(std::move(inner));
      inner = std::move(made);
      words.pop_back();
    }
    return inner;
  }

  Pointer comparison() {
    Pointer first = sum();
    if (!is_symbol_of({"<", "<=", ">", ">=", "==", "!="})) return first;
    auto made = node(Kind::kComparison, peek());
    made->children.push_back(std::move(first));
    while (is_symbol_of({"<", "<=", ">", ">=", "==", "!="})) {
      made->operators.push_back(tokens_[at_++].text);
      made->children.push_back(sum());
    }
    return made;
  }

  template <typename Operand>
  Pointer arithmetic(std::initializer_list<std::string_view> symbols, Operand operand) {
    Pointer left = operand();
    while (is_symbol_of(symbols)) {
      auto made = node(Kind::kArithmetic, tokens_[at_++]);
      made->children.push_back(std::move(left));
      made->children.push_back(operand());
      left = std::move(made);
    }
    return left;
  }

  Pointer sum() {
    return arithmetic({"+", "-"}, [this] { return product(); });
  }
  Pointer product() {
    return arithmetic({"*", "/", "//", "%"}, [this] { return sign(); });
  }

  Pointer sign() {
    if (!is_symbol("-")) return power();
    if (++depth_ > kDeepest) throw ExpressionError(peek().column, "too deeply nested");
    auto made = node(Kind::kNegate, tokens_[at_++]);
    made->children.push_back(sign());
    --depth_;
    return made;
  }

  Pointer power() {
    Pointer base = primary();
    if (!is_symbol("**")) return base;
    auto made = node(Kind::kArithmetic, tokens_[at_++]);
    made->children.push_back(std::move(base));
    made->children.push_back(sign());
    return made;
  }

  Pointer primary() {
    const ExpressionToken& token = peek();
    switch (token.kind) {
      case ExpressionToken::Kind::kNumber:
      case ExpressionToken::Kind::kText: {
        ++at_;
        auto made = node(Kind::kLiteral, token);
        if (token.kind == ExpressionToken::Kind::kNumber) {
          made->value = token.number;
        } else {
          made->value = token.text;
        }
        return made;
      }
      case ExpressionToken::Kind::kName:
        return named();
      case ExpressionToken::Kind::kSymbol:
        if (token.text == "(") {
          ++at_;
          Pointer inner = disjunction();
          expect(")");
          return inner;
        }
        break;
      case ExpressionToken::Kind::kEnd:
        break;
    }
    throw ExpressionError(token.column, fmt::format("expected a value, got {}", described(token)));
  }

  Pointer named() {
    const ExpressionToken& token = tokens_[at_];
    if (token.text == "and" || token.text == "or" || token.text == "not") {
      throw ExpressionError(token.column, fmt::format("expected a value, got '{}'", token.text));
    }
    ++at_;
    if (is_symbol("(")) return call(token);
    auto made = node(Kind::kName, token);
    if (token.text == "true" || token.text == "false") {
      made->kind = Kind::kLiteral;
      made->value = token.text == "true";
    }
    return made;
  }

  Pointer call(const ExpressionToken& name) {
    const auto* function =
        std::find_if(kFunctions.begin(), kFunctions.end(),
                     [&](const Function& each) { return each.name == name.text; });
    if (function == kFunctions.end()) {
      std::vector<std::string> names;
      for (const Function& each : kFunctions) names.emplace_back(each.name);
      throw ExpressionError(name.column, fmt::format("unknown function '{}'; {}", name.text,
                                                     suggest_name(name.text, names)));
    }
    auto made = node(Kind::kCall, name);
    expect("(");
    if (!is_symbol(")")) made->children.push_back(disjunction());
    while (is_symbol(",")) {
      ++at_;
      made->children.push_back(disjunction());
    }
    expect(")");
    if (made->children.size() < function->least || made->children.size() > function->most) {
      throw ExpressionError(
          name.column, fmt::format("{} takes {} value{}, got {}", name.text,
                                   function->most == kAnyNumber ? std::string("at least one")
                                                                : std::to_string(function->most),
                                   function->most == 1 ? "" : "s", made->children.size()));
    }
    return made;
  }

  std::vector<ExpressionToken> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::unique_ptr<const ExpressionNode> parse_expression(std::string_view text) {
  return Parser(text).parse();
}

}  // namespace systerm
