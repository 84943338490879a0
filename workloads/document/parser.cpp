// SPDX-License-Identifier: Apache-2.0
#include "workloads/document/parser.h"

#include <cstdint>
#include <istream>
#include <map>
#include <optional>
#include <streambuf>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace systerm {
namespace {

/// Ends the parsing after its diagnostic has been recorded.
struct Stop {};

Position position_of(const YAML::Mark& mark, const std::shared_ptr<const std::string>& source) {
  if (mark.is_null()) return {source, 1, 1};
  return {source, mark.line + 1, mark.column + 1};
}

/// Offset of the first byte that is not part of well-formed UTF-8 text without control characters.
std::optional<std::size_t> first_bad_byte(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto byte = [&](std::size_t offset) -> unsigned {
      return i + offset < text.size() ? static_cast<unsigned char>(text[i + offset]) : 0U;
    };
    const unsigned lead = byte(0);
    if (lead < 0x80U) {
      const bool is_control = (lead < 0x20U && lead != '\t' && lead != '\n' && lead != '\r');
      if (is_control || lead == 0x7FU) return i;
      ++i;
      continue;
    }
    const std::size_t length = lead >= 0xF0U ? 4 : lead >= 0xE0U ? 3 : 2;
    if (lead < 0xC2U || lead > 0xF4U) return i;
    for (std::size_t offset = 1; offset < length; ++offset) {
      if ((byte(offset) & 0xC0U) != 0x80U) return i;
    }
    const bool overlong = (lead == 0xE0U && byte(1) < 0xA0U) || (lead == 0xF0U && byte(1) < 0x90U);
    const bool surrogate = lead == 0xEDU && byte(1) > 0x9FU;
    const bool too_large = lead == 0xF4U && byte(1) > 0x8FU;
    if (overlong || surrogate || too_large) return i;
    i += length;
  }
  return std::nullopt;
}

Position position_of_offset(std::string_view text, std::size_t offset,
                            const std::shared_ptr<const std::string>& source) {
  Position position{source, 1, 1};
  for (const char c : text.substr(0, offset)) {
    ++position.column;
    if (c == '\n') {
      ++position.line;
      position.column = 1;
    }
  }
  return position;
}

/// Reads from a view, without a copy.
class ViewBuffer final : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    // The get area of a streambuf is not const, but nothing is ever put into it.
    char* begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::shared_ptr<const std::string> source, const DocumentLimits& limits,
              Diagnostics& diagnostics)
      : source_(std::move(source)), limits_(limits), diagnostics_(diagnostics) {}

  Tree root() const { return root_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root_) stop(mark, "a second document starts here; a file holds one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto node = make(mark, TreeNode::Kind::kNull);
    // The mark of a value that is not there is that of whatever comes next.
    if (!frames_.empty() && frames_.back().has_key) node->position = frames_.back().key_position;
    complete(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto target = anchors_.find(anchor);
    if (target == anchors_.end()) stop(mark, "an alias refers to the value that it is part of");
    if (frames_.size() + target->second->depth > limits_.depth) stop_too_deep(mark);
    count(mark, target->second->nodes);
    complete(target->second, YAML::NullAnchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    auto node = make(mark, TreeNode::Kind::kScalar);
    node->text = value;
    node->quoted = tag == "!";
    complete(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, TreeNode::Kind::kSequence);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, TreeNode::Kind::kMapping);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    std::shared_ptr<TreeNode> node;
    YAML::anchor_t anchor;
    std::string path;
    bool has_key = false;
    bool is_dropped = false;  ///< the key at hand was refused: its value is left out
    std::string key;
    Position key_position;
  };

  [[noreturn]] void stop(const YAML::Mark& mark, std::string message) {
    diagnostics_.error(position_of(mark, source_), path(), std::move(message));
    throw Stop{};
  }
  [[noreturn]] void stop_too_deep(const YAML::Mark& mark) {
    stop(mark, fmt::format("nested more than {} levels deep", limits_.depth));
  }

  /// Of the value that comes next.
  std::string path() const {
    if (frames_.empty()) return {};
    const Frame& frame = frames_.back();
    if (frame.node->kind == TreeNode::Kind::kSequence) {
      return item_path(frame.path, frame.node->items.size());
    }
    return frame.has_key ? key_path(frame.path, frame.key) : frame.path;
  }

  void count(const YAML::Mark& mark, std::size_t nodes) {
    nodes_ += nodes;
    if (nodes_ > limits_.nodes) {
      stop(mark, fmt::format("more than {} values, aliases written out", limits_.nodes));
    }
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    diagnostics_.error(position_of(mark, source_), path(),
                       fmt::format("the tag '{}' is not supported; leave it out", tag));
  }

  std::shared_ptr<TreeNode> make(const YAML::Mark& mark, TreeNode::Kind kind) {
    count(mark, 1);
    auto node = std::make_shared<TreeNode>();
    node->kind = kind;
    node->position = position_of(mark, source_);
    return node;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            TreeNode::Kind kind) {
    if (frames_.size() >= limits_.depth) stop_too_deep(mark);
    check_tag(mark, tag);
    std::string at = path();
    frames_.push_back({make(mark, kind), anchor, std::move(at), false, false, {}, {}});
  }

  void close() {
    const Frame frame = std::move(frames_.back());
    frames_.pop_back();
    complete(frame.node, frame.anchor);
  }

  void complete(Tree node, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) anchors_[anchor] = node;
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node->kind == TreeNode::Kind::kSequence) {
      add(*frame.node, *node);
      frame.node->items.push_back(std::move(node));
    } else if (!frame.has_key) {
      take_key(frame, *node);
    } else {
      frame.has_key = false;
      if (frame.is_dropped) return;
      add(*frame.node, *node);
      frame.node->entries.push_back({std::move(frame.key), frame.key_position, std::move(node)});
    }
  }

  static void add(TreeNode& parent, const TreeNode& child) {
    parent.nodes += child.nodes;
    if (parent.depth < child.depth + 1) parent.depth = child.depth + 1;
  }

  void take_key(Frame& frame, const TreeNode& key) {
    frame.has_key = true;
    frame.is_dropped = true;
    frame.key = key.text;
    frame.key_position = key.position;
    if (key.kind != TreeNode::Kind::kScalar) {
      frame.key.assign(1, '?');
      diagnostics_.error(key.position, frame.path, "a key must be text, not " + describe(key));
    } else if (key.text == "<<" && !key.quoted) {
      diagnostics_.error(key.position, key_path(frame.path, key.text),
                         "merge keys are not supported: a mapping shows all of its own keys");
    } else if (const TreeEntry* first = frame.node->find(key.text)) {
      diagnostics_.error(key.position, key_path(frame.path, key.text),
                         fmt::format("duplicate key, first given at line {}, column {}",
                                     first->position.line, first->position.column));
    } else {
      frame.is_dropped = false;
    }
  }

  std::shared_ptr<const std::string> source_;
  const DocumentLimits& limits_;
  Diagnostics& diagnostics_;
  Tree root_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Tree> anchors_;
  std::size_t nodes_ = 0;
};

}  // namespace

Tree parse_tree(std::string_view text, const std::shared_ptr<const std::string>& source,
                const DocumentLimits& limits, Diagnostics& diagnostics) {
  if (text.size() > limits.bytes) {
    diagnostics.error({source, 0, 0}, "",
                      fmt::format("has {} bytes, more than the {} allowed for a document",
                                  text.size(), limits.bytes));
    return nullptr;
  }
  if (const auto offset = first_bad_byte(text)) {
    diagnostics.error(
        position_of_offset(text, *offset, source), "",
        fmt::format("byte 0x{:02x} is not UTF-8 text", static_cast<unsigned char>(text[*offset])));
    return nullptr;
  }
  ViewBuffer buffer(text);
  std::istream stream(&buffer);
  TreeBuilder builder(source, limits, diagnostics);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
    return nullptr;
  } catch (const YAML::Exception& error) {
    diagnostics.error(position_of(error.mark, source), "", "malformed YAML: " + error.msg);
    return nullptr;
  }
  Tree root = builder.root();
  if (!root || root->kind == TreeNode::Kind::kNull) {
    diagnostics.error({source, 1, 1}, "", "the document is empty");
    return nullptr;
  }
  return root;
}

}  // namespace systerm
