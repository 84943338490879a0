// SPDX-License-Identifier: Apache-2.0
// What reading a document looks like, and what it says about wrong ones.
#include "workloads/document/document.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace systerm {
namespace {

enum class Color : std::uint8_t { kRed, kGreen };
constexpr std::array<Choice<Color>, 2> kColors = {{{"red", Color::kRed}, {"green", Color::kGreen}}};

struct Part {
  std::string name;
  int rows = 64;
  std::int64_t columns = 128;
  double clock_hz = 500e6;
  double weight = 1.0;
  bool spare = false;
  Color color = Color::kRed;
  std::int64_t bytes = 1024;
};

Part read_part(Mapping& mapping) {
  Part part;
  mapping.text("name", part.name, Presence::kRequired);
  mapping.integer("rows", part.rows, {.minimum = 1, .maximum = 4096});
  mapping.integer("columns", part.columns, {.minimum = 1});
  mapping.quantity("clock", part.clock_hz, Unit::kFrequency, {.minimum = 1e3, .maximum = 1e11});
  mapping.number("weight", part.weight, {.minimum = 0.0, .maximum = 1.0});
  mapping.boolean("spare", part.spare);
  mapping.choice("color", part.color, kColors);
  mapping.bytes("size", part.bytes, {.minimum = 1});
  return part;
}

/// All diagnostics of reading `text` as a part, one a line.
std::string errors_of(const std::string& text) {
  Diagnostics diagnostics;
  const Document document = Document::parse(text, "part.yaml", diagnostics);
  {
    Mapping mapping = document.root().mapping();
    read_part(mapping);
  }
  try {
    diagnostics.throw_if_any();
  } catch (const DocumentError& error) {
    return error.what();
  }
  return "";
}

TEST(Document, FillsVariablesAndKeepsDefaults) {
  Diagnostics diagnostics;
  const Document document = Document::parse(
      "name: a part\nrows: 8\nclock: 1.2 GHz\nweight: 0.5\nspare: true\ncolor: green\nsize: 2 "
      "KiB\n",
      "part.yaml", diagnostics);
  Part part;
  {
    Mapping mapping = document.root().mapping();
    part = read_part(mapping);
  }
  diagnostics.throw_if_any();
  EXPECT_EQ(part.name, "a part");
  EXPECT_EQ(part.rows, 8);
  EXPECT_EQ(part.columns, 128);
  EXPECT_EQ(part.clock_hz, 1.2e9);
  EXPECT_EQ(part.weight, 0.5);
  EXPECT_TRUE(part.spare);
  EXPECT_EQ(part.color, Color::kGreen);
  EXPECT_EQ(part.bytes, 2048);
}

TEST(Document, ReportsAllErrorsAtOnceInTheOrderOfTheText) {
  EXPECT_EQ(errors_of("rows: 0\ncolumns: many\nclock: 500\nweight: 1.5\nspare: yes\ncolor: gren\n"
                      "size: 1.5 B\nrow: 1\n"),
            "part.yaml:1:1: name: missing key; expected text\n"
            "part.yaml:1:7: rows: expected an integer from 1 to 4096; got '0'\n"
            "part.yaml:2:10: columns: expected an integer of at least 1; got 'many'\n"
            "part.yaml:3:8: clock: expected a frequency with its unit, such as 500 MHz; got '500'\n"
            "part.yaml:4:9: weight: expected a number from 0 to 1; got '1.5'\n"
            "part.yaml:5:8: spare: expected true or false; got 'yes'\n"
            "part.yaml:6:8: color: expected one of red, green; got 'gren' (did you mean 'green'?)\n"
            "part.yaml:7:7: size: expected a whole number of bytes; got '1.5 B'\n"
            "part.yaml:8:1: row: unknown key; did you mean 'rows'?");
}

TEST(Document, NamesTheFirstOfDuplicateKeys) {
  EXPECT_EQ(errors_of("name: a\nrows: 1\nrows: 2\n"),
            "part.yaml:3:1: rows: duplicate key, first given at line 2, column 1");
}

TEST(Document, ListsTheKeysWhereNoneIsNear) {
  EXPECT_EQ(
      errors_of("name: a\nfrequency_of_things: 2\n"),
      "part.yaml:2:1: frequency_of_things: unknown key; valid are: name, rows, columns, clock, "
      "weight, spare, color, size");
}

}  // namespace
}  // namespace systerm
