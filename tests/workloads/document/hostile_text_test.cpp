// SPDX-License-Identifier: Apache-2.0
// Text that is not a document: every one ends in a diagnostic, none in a crash or in endless work.
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workloads/document/document.h"

namespace systerm {
namespace {

std::string errors_of(const std::string& text, const DocumentLimits& limits = {}) {
  Diagnostics diagnostics;
  const Document document = Document::parse(text, "f.yaml", diagnostics, limits);
  EXPECT_TRUE(document.tree() || !diagnostics.empty());
  try {
    diagnostics.throw_if_any();
  } catch (const DocumentError& error) {
    return error.what();
  }
  return "";
}

TEST(HostileText, Empty) {
  EXPECT_EQ(errors_of(""), "f.yaml:1:1: the document is empty");
  EXPECT_EQ(errors_of("# only a comment\n"), "f.yaml:1:1: the document is empty");
  EXPECT_EQ(errors_of("---\n...\n"), "f.yaml:1:1: the document is empty");
}

TEST(HostileText, Malformed) {
  EXPECT_EQ(errors_of("a: 1\nb: [1, 2\n"),
            "f.yaml:3:1: malformed YAML: end of sequence flow not found");
  EXPECT_EQ(errors_of("a: 1\n b: 2\n"), "f.yaml:2:3: malformed YAML: illegal map value");
  EXPECT_EQ(errors_of("a: *nothing\n"),
            "f.yaml:1:4: malformed YAML: the referenced anchor is not defined");
}

TEST(HostileText, SeveralDocuments) {
  EXPECT_EQ(errors_of("a: 1\n---\nb: 2\n"),
            "f.yaml:2:1: a second document starts here; a file holds one");
}

TEST(HostileText, NotUtf8) {
  EXPECT_EQ(errors_of("a: 1\nb: \xff\n"), "f.yaml:2:4: byte 0xff is not UTF-8 text");
  EXPECT_EQ(errors_of(std::string("a: \0b", 5)), "f.yaml:1:4: byte 0x00 is not UTF-8 text");
  EXPECT_EQ(errors_of("a: \xc0\xaf"), "f.yaml:1:4: byte 0xc0 is not UTF-8 text");
  EXPECT_EQ(errors_of("a: \xed\xa0\x80"), "f.yaml:1:4: byte 0xed is not UTF-8 text");
  EXPECT_EQ(errors_of("a: \xe2\x82"), "f.yaml:1:4: byte 0xe2 is not UTF-8 text");
  EXPECT_EQ(errors_of("a: \xe2\x82\xac\n"), "");
}

TEST(HostileText, KeysThatAreNoText) {
  EXPECT_EQ(errors_of("a: {[1, 2]: 3}\n"), "f.yaml:1:5: a: a key must be text, not a sequence");
  EXPECT_EQ(errors_of("? {a: 1}\n: 2\n"), "f.yaml:1:3: a key must be text, not a mapping");
  EXPECT_EQ(errors_of("~: 2\n"), "f.yaml:1:1: a key must be text, not an empty value");
}

TEST(HostileText, MergeKeysAndTags) {
  EXPECT_EQ(errors_of("a: &a {x: 1}\nb:\n  <<: *a\n"),
            "f.yaml:3:3: b.<<: merge keys are not supported: a mapping shows all of its own keys");
  EXPECT_EQ(errors_of("a: !!binary aGk=\n"),
            "f.yaml:1:4: a: the tag 'tag:yaml.org,2002:binary' is not supported; leave it out");
}

TEST(HostileText, DuplicateKeysBelowTheRoot) {
  EXPECT_EQ(errors_of("a:\n  - x: 1\n  - {y: 1, z: 2, y: 3}\n"),
            "f.yaml:3:18: a[1].y: duplicate key, first given at line 3, column 6");
}

// The billion laughs: ten aliases of ten aliases ...
TEST(HostileText, AliasesThatGrowWithoutBound) {
  std::ostringstream text;
  text << "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    text << "a" << i << ": &a" << i << " [";
    for (int j = 0; j < 10; ++j) text << (j > 0 ? ", " : "") << "*a" << i - 1;
    text << "]\n";
  }
  EXPECT_THAT(errors_of(text.str()),
              testing::HasSubstr("more than 100000 values, aliases written out"));
}

TEST(HostileText, AnAliasOfItself) {
  EXPECT_EQ(errors_of("a: &a [1, *a]\n"),
            "f.yaml:1:11: a[1]: an alias refers to the value that it is part of");
}

TEST(HostileText, NestedTooDeep) {
  for (const std::string open : {"[", "{a: ", "- ", "? "}) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += open;
    EXPECT_THAT(errors_of(text), testing::AnyOf(testing::HasSubstr("nested more than 64 levels"),
                                                testing::HasSubstr("malformed YAML")))
        << open;
  }
  std::ostringstream chain;
  chain << "a0: &a0 [1]\n";
  for (int i = 1; i < 100; ++i) chain << "a" << i << ": &a" << i << " [*a" << i - 1 << "]\n";
  EXPECT_THAT(errors_of(chain.str()), testing::HasSubstr("nested more than 64 levels"));
}

TEST(HostileText, TooLarge) {
  EXPECT_EQ(errors_of("a: 12345\n", {.bytes = 8}),
            "f.yaml: has 9 bytes, more than the 8 allowed for a document");
  EXPECT_EQ(errors_of("[1, 2, 3]", {.nodes = 3}),
            "f.yaml:1:8: [2]: more than 3 values, aliases written out");
}

TEST(HostileText, ManyErrorsAreCountedNotListed) {
  std::string text = "a: 1\n";
  for (int i = 0; i < 1000; ++i) text += "a: 1\n";
  EXPECT_THAT(errors_of(text), testing::HasSubstr("\n... and 800 more errors"));
}

TEST(HostileFile, MissingOrNoFile) {
  Diagnostics diagnostics;
  Document::load("/no/such/file.yaml", diagnostics);
  Document::load(testing::TempDir(), diagnostics);
  const auto errors = diagnostics.sorted();
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0].text(), "/no/such/file.yaml: no such file");
  EXPECT_EQ(errors[1].text(), testing::TempDir() + ": is a directory, not a file");
}

// Stands for any file that never ends.
TEST(HostileFile, EndlessFile) {
  if (!std::filesystem::exists("/dev/zero")) GTEST_SKIP() << "no /dev/zero";
  Diagnostics diagnostics;
  Document::load("/dev/zero", diagnostics);
  ASSERT_EQ(diagnostics.sorted().size(), 1U);
  EXPECT_EQ(diagnostics.sorted()[0].text(),
            "/dev/zero: has more than the 1048576 bytes allowed for a document");
}

TEST(HostileText, RandomBytes) {
  std::mt19937 random(3);
  for (int i = 0; i < 5000; ++i) {
    std::string text(random() % 200, '\0');
    for (char& c : text) c = static_cast<char>(random());
    errors_of(text);
  }
}

// Random characters that mean something in YAML get further into the parser than random bytes.
TEST(HostileText, RandomPunctuation) {
  std::mt19937 random(4);
  const std::string alphabet = "{}[]:,-?&*!|>'\"%@`#\n\n\n  \t\\<=~a0.";
  int readable = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (unsigned n = random() % 40 + 1; n > 0; --n) text += alphabet[random() % alphabet.size()];
    readable += errors_of(text).empty() ? 1 : 0;
  }
  EXPECT_GT(readable, 100);
}

}  // namespace
}  // namespace systerm
