// SPDX-License-Identifier: Apache-2.0
#include "workloads/zoo/layer_expansion.h"

#include <cctype>
#include <charconv>
#include <memory>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "workloads/document/mapping.h"
#include "workloads/document/nearest_name.h"

namespace systerm {

namespace {

constexpr std::int64_t kMostRepetitions = 4096;
constexpr std::size_t kMostLayers = 1 << 16;
constexpr int kDeepestTemplate = 16;

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

std::vector<std::string> keys_of(const std::map<std::string, std::string>& scope) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : scope) keys.push_back(key);
  return keys;
}

const std::string& value_in(const std::map<std::string, std::string>& scope,
                            const std::string& name) {
  const auto found = scope.find(name);
  if (found == scope.end()) {
    throw std::invalid_argument(
        fmt::format("there is no parameter '{}'; {}", name, suggest_name(name, keys_of(scope))));
  }
  return found->second;
}

/// Sums, differences, products and exact quotients of whole numbers and parameters.
class Expression {
 public:
  Expression(std::string_view text, const std::map<std::string, std::string>& scope)
      : text_(text), scope_(scope) {}

  std::int64_t value() {
    const std::int64_t result = sum();
    if (next() != '\0') throw std::invalid_argument(fmt::format("cannot read '{}'", text_));
    return result;
  }

 private:
  char next() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  std::int64_t sum() {
    std::int64_t result = product();
    for (char c = next(); c == '+' || c == '-'; c = next()) {
      ++at_;
      const std::int64_t other = product();
      result = checked(c == '+' ? __builtin_add_overflow(result, other, &scratch_)
                                : __builtin_sub_overflow(result, other, &scratch_));
    }
    return result;
  }

  std::int64_t product() {
    std::int64_t result = factor();
    for (char c = next(); c == '*' || c == '/'; c = next()) {
      ++at_;
      const std::int64_t other = factor();
      if (c == '*') {
        result = checked(__builtin_mul_overflow(result, other, &scratch_));
      } else if (other == 0 || result % other != 0) {
        throw std::invalid_argument(fmt::format("{} does not divide {}", other, result));
      } else {
        result /= other;
      }
    }
    return result;
  }

  std::int64_t factor() {
    const char c = next();
    if (c == '(') {
      if (++depth_ > 32) throw std::invalid_argument("too many brackets");
      ++at_;
      const std::int64_t result = sum();
      if (next() != ')') throw std::invalid_argument(fmt::format("')' is missing in '{}'", text_));
      ++at_;
      --depth_;
      return result;
    }
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    std::string word(text_.substr(begin, at_ - begin));
    if (word.empty()) throw std::invalid_argument(fmt::format("cannot read '{}'", text_));
    if (is_letter(word.front())) word = value_in(scope_, word);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || end != word.data() + word.size()) {
      throw std::invalid_argument(fmt::format("'{}' is no whole number", word));
    }
    return number;
  }

  std::int64_t checked(bool overflows) const {
    if (overflows) throw std::invalid_argument(fmt::format("'{}' is too large", text_));
    return scratch_;
  }

  std::string_view text_;
  const std::map<std::string, std::string>& scope_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::int64_t scratch_ = 0;
};

}  // namespace

LayerExpansion::LayerExpansion(const Node& templates, std::map<std::string, std::string> parameters,
                               std::string input)
    : parameters_(std::move(parameters)), previous_(std::move(input)) {
  if (templates.is_silent()) return;
  if (!templates.is_mapping()) {
    templates.mismatch("a mapping from names to templates");
    return;
  }
  for (const TreeEntry& entry : templates.tree()->entries) {
    templates_.emplace(entry.key, Node(entry.value, key_path(templates.path(), entry.key),
                                       templates.diagnostics()));
  }
}

std::vector<Node> LayerExpansion::expand(const std::vector<Node>& items) {
  expand(items, parameters_);
  return std::move(layers_);
}

void LayerExpansion::expand(const std::vector<Node>& items, const Scope& scope) {
  for (const Node& item : items) {
    if (!item.diagnostics().empty()) return;
    if (!item.is_mapping()) {
      item.mismatch("a layer, a repetition or a template");
    } else if (item.tree()->find("repeat") != nullptr) {
      repeat(item, scope);
    } else if (item.tree()->find("use") != nullptr) {
      use(item, scope);
    } else {
      const Node layer = with_values(item, scope);
      if (layers_.size() == kMostLayers) {
        item.error(fmt::format("more than {} layers", kMostLayers));
        return;
      }
      layers_.push_back(layer);
      if (const TreeEntry* name = layer.tree()->find("name")) previous_ = name->value->text;
    }
  }
}

void LayerExpansion::repeat(const Node& item, const Scope& scope) {
  // Only the head is read here; what is repeated takes its values at each turn.
  auto head = std::make_shared<TreeNode>(*item.tree());
  std::erase_if(head->entries, [](const TreeEntry& entry) { return entry.key == "layers"; });
  const Node values = with_values(Node(head, item.path(), item.diagnostics()), scope);
  std::int64_t count = 0;
  std::string index;
  {
    Mapping mapping = values.mapping();
    mapping.integer("repeat", count, {.minimum = 0, .maximum = kMostRepetitions},
                    Presence::kRequired);
    mapping.text("index", index);
  }
  const TreeEntry* layers = item.tree()->find("layers");
  if (layers == nullptr) item.error("has nothing to repeat; expected layers");
  if (!item.diagnostics().empty()) return;
  const Node body(layers->value, key_path(item.path(), "layers"), item.diagnostics());
  for (std::int64_t i = 0; i < count && item.diagnostics().empty(); ++i) {
    Scope inner = scope;
    if (!index.empty()) inner[index] = std::to_string(i);
    inner["input"] = previous_;
    expand(body.items(), inner);
  }
}

void LayerExpansion::use(const Node& item, const Scope& scope) {
  const Node call = with_values(item, scope);
  if (!item.diagnostics().empty()) return;
  const std::string& name = call.tree()->find("use")->value->text;
  const auto found = templates_.find(name);
  if (found == templates_.end()) {
    std::vector<std::string> known;
    for (const auto& entry : templates_) known.push_back(entry.first);
    item.error_at("use",
                  fmt::format("there is no template '{}'; {}", name, suggest_name(name, known)));
    return;
  }
  if (++depth_ > kDeepestTemplate) {
    item.error_at("use", fmt::format("template '{}' uses itself", name));
    return;
  }
  Scope inner = parameters_;
  inner["input"] = previous_;
  Mapping definition = found->second.mapping();
  std::vector<std::string> expected;
  for (const Node& parameter : definition.items("parameters")) {
    if (const auto text = parameter.text()) expected.push_back(*text);
  }
  {
    Mapping arguments = call.mapping();
    std::string ignored;
    arguments.text("use", ignored);
    for (const std::string& parameter : expected) {
      const Node value = arguments.require(parameter, "a value of the template's parameter");
      if (!value.is_silent()) inner[parameter] = value.tree()->text;
    }
  }
  const std::vector<Node> layers = definition.items("layers", Presence::kRequired);
  definition.finish();
  if (item.diagnostics().empty()) expand(layers, inner);
  --depth_;
}

Node LayerExpansion::with_values(const Node& node, const Scope& scope) const {
  return {substituted(node, node.tree(), scope), node.path(), node.diagnostics()};
}

Tree LayerExpansion::substituted(const Node& node, const Tree& tree, const Scope& scope) const {
  if (tree == nullptr) return tree;
  switch (tree->kind) {
    case TreeNode::Kind::kNull:
      return tree;
    case TreeNode::Kind::kScalar: {
      if (tree->text.find('$') == std::string::npos) return tree;
      auto result = std::make_shared<TreeNode>(*tree);
      try {
        result->text = substituted(node, tree->text, scope);
      } catch (const std::invalid_argument& error) {
        node.diagnostics().error(tree->position, node.path(), error.what());
      }
      return result;
    }
    case TreeNode::Kind::kSequence: {
      auto result = std::make_shared<TreeNode>(*tree);
      for (Tree& item : result->items) item = substituted(node, item, scope);
      return result;
    }
    case TreeNode::Kind::kMapping: {
      auto result = std::make_shared<TreeNode>(*tree);
      for (TreeEntry& entry : result->entries) entry.value = substituted(node, entry.value, scope);
      return result;
    }
  }
  return tree;
}

std::string LayerExpansion::substituted(const Node&, const std::string& text,
                                        const Scope& scope) const {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '$') {
      result += text[i++];
      continue;
    }
    ++i;
    if (i < text.size() && text[i] == '(') {
      std::size_t end = i;
      int open = 0;
      do {
        if (end == text.size())
          throw std::invalid_argument(fmt::format("')' is missing in '{}'", text));
        open += text[end] == '(' ? 1 : text[end] == ')' ? -1 : 0;
        ++end;
      } while (open > 0);
      result += std::to_string(
          Expression(std::string_view(text).substr(i + 1, end - i - 2), scope).value());
      i = end;
      continue;
    }
    std::string name;
    while (i < text.size() && (is_letter(text[i]) || (!name.empty() && is_digit(text[i])))) {
      name += text[i++];
    }
    result += value_in(scope, name);
  }
  return result;
}

}  // namespace systerm
