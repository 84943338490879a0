// SPDX-License-Identifier: Apache-2.0
// A typed view of one value of a document. A value that is not what is asked for is recorded as an
// error with its place, its path and what was expected; reading goes on.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/document/diagnostics.h"
#include "workloads/document/quantity.h"
#include "workloads/document/tree.h"

namespace systerm {

class Mapping;

/// Both ends included.
struct IntegerRange {
  std::int64_t minimum = std::numeric_limits<std::int64_t>::min();
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
};
struct NumberRange {
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
};

/// A name in a document for a value of an enumeration.
template <typename T>
struct Choice {
  std::string_view name;
  T value;
};

/// "an integer from 1 to 32", and the like: what a diagnostic says was expected.
std::string expected_integer(const IntegerRange& range);
std::string expected_number(const NumberRange& range);
std::string expected_quantity(Unit unit, const NumberRange& range);
std::string expected_bytes(const IntegerRange& range);
std::string expected_choice(std::span<const std::string> names);

/// A silent node stands for a value whose absence has been recorded already: it reads as nothing
/// and records nothing.
class Node {
 public:
  /// `tree` may be null: a silent node. `diagnostics` must outlive the node.
  Node(Tree tree, std::string path, Diagnostics& diagnostics);

  bool is_silent() const { return tree_ == nullptr; }
  bool is_mapping() const { return is(TreeNode::Kind::kMapping); }
  bool is_sequence() const { return is(TreeNode::Kind::kSequence); }
  bool is_scalar() const { return is(TreeNode::Kind::kScalar); }
  bool is_null() const { return is(TreeNode::Kind::kNull); }

  /// Nothing where the value is of another kind or out of range.
  std::optional<std::int64_t> integer(const IntegerRange& range = {}) const;
  std::optional<double> number(const NumberRange& range = {}) const;
  std::optional<bool> boolean() const;
  std::optional<std::string> text() const;
  /// In the base unit that `Unit` names. `range` is in the same unit.
  std::optional<double> quantity(Unit unit, const NumberRange& range = {}) const;
  std::optional<std::int64_t> bytes(const IntegerRange& range = {}) const;
  /// Position of the text in `names`.
  std::optional<std::size_t> name(std::span<const std::string> names) const;
  template <typename T>
  std::optional<T> choice(std::span<const Choice<T>> choices) const;

  /// Empty if the value is no sequence.
  std::vector<Node> items() const;
  /// A silent mapping if the value is none.
  Mapping mapping() const;

  /// Records `message` here.
  void error(std::string message) const;
  /// Records `message` for a path below this node, at the deepest value of it that was written.
  void error_at(std::string_view relative_path, std::string message) const;
  /// Records that `expected` was expected here, and what there is instead.
  void mismatch(const std::string& expected) const;

  const std::string& path() const { return path_; }
  Position position() const { return tree_ ? tree_->position : Position{}; }
  const Tree& tree() const { return tree_; }
  Diagnostics& diagnostics() const { return *diagnostics_; }

 private:
  bool is(TreeNode::Kind kind) const { return tree_ && tree_->kind == kind; }
  bool is_plain_scalar() const { return is_scalar() && !tree_->quoted; }

  Tree tree_;
  std::string path_;
  Diagnostics* diagnostics_;
};

template <typename T>
std::vector<std::string> choice_names(std::span<const Choice<T>> choices) {
  std::vector<std::string> names;
  for (const Choice<T>& choice : choices) names.emplace_back(choice.name);
  return names;
}

template <typename T>
std::optional<T> Node::choice(std::span<const Choice<T>> choices) const {
  const auto index = name(choice_names(choices));
  return index ? std::optional(choices[*index].value) : std::nullopt;
}

}  // namespace systerm
