// SPDX-License-Identifier: Apache-2.0
// Trees from several sources laid over each other.
#include "workloads/document/tree.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workloads/document/document.h"
#include "workloads/document/overrides.h"

namespace systerm {
namespace {

/// One line: {key: value, ...} and [item, ...].
std::string written(const Tree& tree) {
  std::string text;
  switch (tree->kind) {
    case TreeNode::Kind::kNull:
      return "~";
    case TreeNode::Kind::kScalar:
      return tree->text;
    case TreeNode::Kind::kSequence:
      for (const Tree& item : tree->items) text += (text.empty() ? "" : ", ") + written(item);
      return "[" + text + "]";
    case TreeNode::Kind::kMapping:
      for (const TreeEntry& entry : tree->entries) {
        text += (text.empty() ? "" : ", ") + entry.key + ": " + written(entry.value);
      }
      return "{" + text + "}";
  }
  return text;
}

Tree parse(const std::string& text) {
  Diagnostics diagnostics;
  Tree tree = Document::parse(text, "tree.yaml", diagnostics).tree();
  diagnostics.throw_if_any();
  return tree;
}

TEST(Overlay, GoesIntoMappingsAndReplacesTheRest) {
  EXPECT_EQ(written(overlaid(parse("{a: {b: 1, c: 2}, d: [1, 2], e: 3}"),
                             parse("{a: {c: 9, x: 8}, d: [7], f: {g: 1}}"))),
            "{a: {b: 1, c: 9, x: 8}, d: [7], e: 3, f: {g: 1}}");
  EXPECT_EQ(written(overlaid(parse("{a: {b: 1}}"), parse("{a: 2}"))), "{a: 2}");
}

/// What is left of `text` after overrides, or the errors.
std::string overridden(const std::string& text, const std::vector<std::string>& overrides) {
  Diagnostics diagnostics;
  Tree tree = parse(text);
  for (const Override& each : parse_overrides(overrides, "--set", diagnostics)) {
    tree = with_value(tree, each.path, each.value, diagnostics);
  }
  try {
    diagnostics.throw_if_any();
  } catch (const DocumentError& error) {
    return error.what();
  }
  return written(tree);
}

TEST(Override, ReplacesAddsAndReachesIntoSequences) {
  EXPECT_EQ(overridden("{a: {b: 1}}", {"a.b=2"}), "{a: {b: 2}}");
  EXPECT_EQ(overridden("{a: {b: 1}}", {"x.y.z={k: [1, 2]}"}),
            "{a: {b: 1}, x: {y: {z: {k: [1, 2]}}}}");
  EXPECT_EQ(overridden("{a: [{b: 1}, {b: 2}]}", {"a[1].b=3", "a[0]=4"}), "{a: [4, {b: 3}]}");
  EXPECT_EQ(overridden("{a: }", {"a.b=500 MHz"}), "{a: {b: 500 MHz}}");
  EXPECT_EQ(overridden("{a: 1}", {"a=x=y"}), "{a: x=y}");
}

TEST(Override, LeavesTheOriginalTreeAlone) {
  const Tree original = parse("{a: {b: 1}}");
  Diagnostics diagnostics;
  const auto set = parse_override("a.b=2", "--set", diagnostics);
  ASSERT_TRUE(set.has_value());
  with_value(original, set->path, set->value, diagnostics);
  EXPECT_EQ(written(original), "{a: {b: 1}}");
}

TEST(Override, SaysWhatIsWrongWithItsPath) {
  EXPECT_EQ(
      overridden("{a: {b: 1}, s: [1]}", {"a", "=1", "a=", "a.b.c=1", "s[1]=1", "a[0]=1", "[0]=1",
                                         "a.=1", "s[x]=1", "s[0]x=1", "a.b=[", "a.b=\x01"}),
      "--set a: expected key=value, such as design.array.rows=32\n"
      "--set: expected key=value, such as design.array.rows=32\n"
      "--set a: expected key=value, such as design.array.rows=32\n"
      "--set a.b: malformed YAML: end of sequence flow not found\n"
      "--set a.b: byte 0x01 is not UTF-8 text\n"
      "--set a.b.c: 'a.b' is '1', not a mapping\n"
      "--set s[1]: 's' has only 1 items\n"
      "--set a[0]: 'a' is a mapping, not a sequence\n"
      "--set [0]: expected a path of keys, such as design.array.rows or layers[0].match\n"
      "--set a.: expected a path of keys, such as design.array.rows or layers[0].match\n"
      "--set s[x]: expected a path of keys, such as design.array.rows or layers[0].match\n"
      "--set s[0]x: expected a path of keys, such as design.array.rows or layers[0].match");
}

}  // namespace
}  // namespace systerm
