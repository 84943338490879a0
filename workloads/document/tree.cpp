// SPDX-License-Identifier: Apache-2.0
#include "workloads/document/tree.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace systerm {
namespace {

constexpr std::size_t kLongestQuote = 40;

void count(TreeNode& node) {
  node.nodes = 1;
  std::size_t deepest = 0;
  const auto add = [&](const TreeNode& child) {
    node.nodes += child.nodes;
    deepest = std::max(deepest, child.depth);
  };
  for (const Tree& item : node.items) add(*item);
  for (const TreeEntry& entry : node.entries) add(*entry.value);
  node.depth = deepest + 1;
}

struct Step {
  std::string key;                   ///< of a mapping
  std::optional<std::size_t> index;  ///< of a sequence, instead of the key
};

std::optional<std::vector<Step>> steps_of(std::string_view path) {
  std::vector<Step> steps;
  std::size_t i = 0;
  while (i < path.size()) {
    if (path[i] == '[') {
      const std::size_t close = path.find(']', i);
      if (close == std::string_view::npos || steps.empty()) return std::nullopt;
      std::size_t index = 0;
      const char* last = path.data() + close;
      const auto [end, error] = std::from_chars(path.data() + i + 1, last, index);
      if (error != std::errc() || end != last) return std::nullopt;
      steps.push_back({{}, index});
      i = close + 1;
      if (i < path.size() && path[i] != '.' && path[i] != '[') return std::nullopt;
    } else {
      if (!steps.empty()) {
        if (path[i] != '.') return std::nullopt;
        ++i;
      }
      const std::size_t end = std::min(path.find_first_of(".[", i), path.size());
      if (end == i) return std::nullopt;
      steps.push_back({std::string(path.substr(i, end - i)), std::nullopt});
      i = end;
    }
  }
  if (steps.empty()) return std::nullopt;
  return steps;
}

class ValueSetter {
 public:
  ValueSetter(std::string_view path, const Tree& value, Diagnostics& diagnostics)
      : path_(path), value_(value), diagnostics_(diagnostics) {}

  Tree replaced(const Tree& node, const std::vector<Step>& steps, std::size_t depth,
                const std::string& at) {
    if (depth == steps.size()) return value_;
    const Step& step = steps[depth];
    return step.index ? in_sequence(node, steps, depth, at) : in_mapping(node, steps, depth, at);
  }

  bool failed() const { return failed_; }

 private:
  void fail(std::string message) {
    diagnostics_.error(value_->position, std::string(path_), std::move(message));
    failed_ = true;
  }

  Tree in_sequence(const Tree& node, const std::vector<Step>& steps, std::size_t depth,
                   const std::string& at) {
    const std::size_t index = *steps[depth].index;
    if (node->kind != TreeNode::Kind::kSequence || index >= node->items.size()) {
      const bool is_sequence = node->kind == TreeNode::Kind::kSequence;
      fail(is_sequence ? fmt::format("'{}' has only {} items", at, node->items.size())
                       : fmt::format("'{}' is {}, not a sequence", at, describe(*node)));
      return node;
    }
    auto copy = std::make_shared<TreeNode>(*node);
    copy->items[index] = replaced(node->items[index], steps, depth + 1, item_path(at, index));
    count(*copy);
    return copy;
  }

  Tree in_mapping(const Tree& node, const std::vector<Step>& steps, std::size_t depth,
                  const std::string& at) {
    // A name in place of a mapping (`design: tq_64x128`) is not replaced behind the user's back.
    if (node->kind != TreeNode::Kind::kMapping && node->kind != TreeNode::Kind::kNull) {
      fail(fmt::format("'{}' is {}, not a mapping", at, describe(*node)));
      return node;
    }
    auto copy = std::make_shared<TreeNode>(*node);
    copy->kind = TreeNode::Kind::kMapping;
    const std::string& key = steps[depth].key;
    auto entry = std::find_if(copy->entries.begin(), copy->entries.end(),
                              [&key](const TreeEntry& e) { return e.key == key; });
    if (entry == copy->entries.end()) {
      auto empty = std::make_shared<TreeNode>();
      empty->position = value_->position;
      copy->entries.push_back({key, value_->position, std::move(empty)});
      entry = std::prev(copy->entries.end());
    }
    entry->value = replaced(entry->value, steps, depth + 1, key_path(at, key));
    if (depth + 1 == steps.size()) entry->position = value_->position;
    count(*copy);
    return copy;
  }

  std::string_view path_;
  const Tree& value_;
  Diagnostics& diagnostics_;
  bool failed_ = false;
};

}  // namespace

const TreeEntry* TreeNode::find(std::string_view key) const {
  const auto entry = std::find_if(entries.begin(), entries.end(),
                                  [key](const TreeEntry& e) { return e.key == key; });
  return entry == entries.end() ? nullptr : &*entry;
}

std::string describe(const TreeNode& node) {
  switch (node.kind) {
    case TreeNode::Kind::kNull:
      return "an empty value";
    case TreeNode::Kind::kScalar: {
      if (node.text.size() <= kLongestQuote) return fmt::format("'{}'", node.text);
      std::size_t end = kLongestQuote;
      // Never cut inside a UTF-8 sequence.
      while (end > 0 && (static_cast<unsigned char>(node.text[end]) & 0xC0U) == 0x80U) --end;
      return fmt::format("'{}...'", node.text.substr(0, end));
    }
    case TreeNode::Kind::kSequence:
      return "a sequence";
    case TreeNode::Kind::kMapping:
      return "a mapping";
  }
  return {};
}

std::string key_path(std::string_view parent, std::string_view key) {
  std::string path(parent);
  if (!path.empty()) path += '.';
  return path.append(key);
}

std::string item_path(std::string_view parent, std::size_t index) {
  return fmt::format("{}[{}]", parent, index);
}

Tree overlaid(const Tree& base, const Tree& overlay) {
  if (base->kind != TreeNode::Kind::kMapping || overlay->kind != TreeNode::Kind::kMapping) {
    return overlay;
  }
  auto merged = std::make_shared<TreeNode>(*base);
  merged->position = overlay->position;
  for (const TreeEntry& entry : overlay->entries) {
    const auto found = std::find_if(merged->entries.begin(), merged->entries.end(),
                                    [&entry](const TreeEntry& e) { return e.key == entry.key; });
    if (found == merged->entries.end()) {
      merged->entries.push_back(entry);
    } else {
      found->position = entry.position;
      found->value = overlaid(found->value, entry.value);
    }
  }
  count(*merged);
  return merged;
}

Tree with_value(const Tree& root, std::string_view path, const Tree& value,
                Diagnostics& diagnostics) {
  const auto steps = steps_of(path);
  if (!steps) {
    diagnostics.error(value->position, std::string(path),
                      "expected a path of keys, such as design.array.rows or layers[0].match");
    return root;
  }
  ValueSetter setter(path, value, diagnostics);
  Tree result = setter.replaced(root, *steps, 0, "");
  return setter.failed() ? root : result;
}

}  // namespace systerm
