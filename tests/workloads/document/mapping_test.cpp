// SPDX-License-Identifier: Apache-2.0
// Reading beyond the flat list of keys: sections, sequences, single values, quoted numbers.
#include "workloads/document/mapping.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workloads/document/document.h"

namespace systerm {
namespace {

using testing::ElementsAre;

std::string errors_of(const std::string& text, const std::function<void(Mapping&)>& read) {
  Diagnostics diagnostics;
  const Document document = Document::parse(text, "m.yaml", diagnostics);
  {
    Mapping mapping = document.root().mapping();
    read(mapping);
  }
  try {
    diagnostics.throw_if_any();
  } catch (const DocumentError& error) {
    return error.what();
  }
  return "";
}

TEST(Mapping, SectionsThatAreAbsentKeepTheirDefaults) {
  int inner = 5;
  EXPECT_EQ(errors_of("a: 1\n",
                      [&](Mapping& m) {
                        m.find("a");
                        m.section("below", [&](Mapping& below) {
                          below.integer("inner", inner, {}, Presence::kRequired);
                        });
                      }),
            "");
  EXPECT_EQ(inner, 5);
}

TEST(Mapping, SectionsMustBeMappings) {
  const auto read = [](Mapping& m) {
    m.section("below", [](Mapping& below) {
      std::int64_t inner = 0;
      below.integer("inner", inner, {}, Presence::kRequired);
    });
  };
  EXPECT_EQ(errors_of("below: 3\n", read), "m.yaml:1:8: below: expected a mapping; got '3'");
  EXPECT_EQ(errors_of("below:\n", read),
            "m.yaml:1:1: below: expected a mapping; got an empty value");
  EXPECT_EQ(errors_of("below: {}\n", read),
            "m.yaml:1:8: below.inner: missing key; expected an integer");
}

TEST(Mapping, TheRootMustBeOne) {
  EXPECT_EQ(errors_of("[1]\n", [](Mapping&) {}), "m.yaml:1:1: expected a mapping; got a sequence");
}

TEST(Mapping, ReadsSequencesOfMappings) {
  std::vector<std::string> names = {"default"};
  const auto read = [&](Mapping& m) {
    m.sequence("parts", names, [](Mapping& part, std::string& name) {
      part.text("name", name, Presence::kRequired);
    });
  };
  EXPECT_EQ(errors_of("{}", read), "");
  EXPECT_THAT(names, ElementsAre("default"));
  EXPECT_EQ(errors_of("parts: [{name: a}, {name: b}]", read), "");
  EXPECT_THAT(names, ElementsAre("a", "b"));
  EXPECT_EQ(errors_of("parts: [{name: a, size: 1}, 7, {}]", read),
            "m.yaml:1:19: parts[0].size: unknown key; valid are: name\n"
            "m.yaml:1:29: parts[1]: expected a mapping; got '7'\n"
            "m.yaml:1:32: parts[2].name: missing key; expected text");
  EXPECT_EQ(errors_of("parts: {a: 1}", read),
            "m.yaml:1:8: parts: expected a sequence; got a mapping");
}

TEST(Mapping, QuotedNumbersAreText) {
  std::int64_t rows = 1;
  double weight = 1.0;
  bool spare = false;
  EXPECT_EQ(errors_of("rows: '64'\nweight: \"0.5\"\nspare: 'true'\n",
                      [&](Mapping& m) {
                        m.integer("rows", rows);
                        m.number("weight", weight);
                        m.boolean("spare", spare);
                      }),
            "m.yaml:1:7: rows: expected an integer; got '64' in quotes\n"
            "m.yaml:2:9: weight: expected a number; got '0.5' in quotes\n"
            "m.yaml:3:8: spare: expected true or false; got 'true' in quotes");
}

TEST(Mapping, KeepsIntegersWithinTheTypeOfTheVariable) {
  int small = 1;
  std::uint64_t seed = 1;
  EXPECT_EQ(
      errors_of("small: 3000000000\nseed: -1\n",
                [&](Mapping& m) {
                  m.integer("small", small);
                  m.integer("seed", seed);
                }),
      "m.yaml:1:8: small: expected an integer from -2147483648 to 2147483647; got '3000000000'\n"
      "m.yaml:2:7: seed: expected an integer of at least 0; got '-1'");
}

TEST(Mapping, KeysThatDoNotApplyAreErrorsWithTheirReason) {
  int depth = 3;
  const auto read = [&](Mapping& m) {
    if (m.applies("depth", false, "has no effect here")) m.integer("depth", depth);
  };
  EXPECT_EQ(errors_of("depth: 4\n", read), "m.yaml:1:1: depth: has no effect here");
  EXPECT_EQ(errors_of("{}\n", read), "");
  EXPECT_EQ(depth, 3);
}

TEST(Mapping, LongTextsAreCutInDiagnostics) {
  std::int64_t rows = 1;
  EXPECT_EQ(
      errors_of("rows: " + std::string(39, 'x') + "\xe2\x82\xac" + std::string(100, 'y') + "\n",
                [&](Mapping& m) { m.integer("rows", rows); }),
      "m.yaml:1:7: rows: expected an integer; got '" + std::string(39, 'x') + "...'");
}

TEST(Node, ErrorsBelowItAreReportedAtTheDeepestValueThatWasWritten) {
  Diagnostics diagnostics;
  const Document document = Document::parse("a:\n  b:\n    - x: 1\n", "m.yaml", diagnostics);
  document.root().error_at("a.b[0].x", "first");
  document.root().error_at("a.b[0].y.z", "second");
  document.root().error_at("a.b[7]", "third");
  document.root().error_at("c", "fourth");
  std::vector<std::string> texts;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) texts.push_back(diagnostic.text());
  EXPECT_THAT(texts, ElementsAre("m.yaml:1:1: c: fourth", "m.yaml:3:5: a.b[7]: third",
                                 "m.yaml:3:7: a.b[0].y.z: second", "m.yaml:3:10: a.b[0].x: first"));
}

TEST(Diagnostics, AreSortedByPositionWithinEachSource) {
  Diagnostics diagnostics;
  const auto one = std::make_shared<const std::string>("one");
  const auto two = std::make_shared<const std::string>("two");
  diagnostics.error({two, 9, 1}, "", "d");
  diagnostics.error({one, 3, 7}, "k", "b");
  diagnostics.error({two, 2, 1}, "", "c");
  diagnostics.error({one, 3, 2}, "", "a");
  std::vector<std::string> texts;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) texts.push_back(diagnostic.text());
  EXPECT_THAT(texts, ElementsAre("two:2:1: c", "two:9:1: d", "one:3:2: a", "one:3:7: k: b"));
  EXPECT_TRUE(diagnostics.contains("k"));
  EXPECT_FALSE(diagnostics.contains("x"));
}

}  // namespace
}  // namespace systerm
