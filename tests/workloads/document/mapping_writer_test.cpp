// SPDX-License-Identifier: Apache-2.0
#include "workloads/document/mapping_writer.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "workloads/document/document.h"

namespace systerm {
namespace {

enum class Color { kRed, kGreen };
constexpr std::array<Choice<Color>, 2> kColors = {{{"red", Color::kRed}, {"green", Color::kGreen}}};

struct Part {
  std::string name = "a part";
  int rows = 3;
  Color color = Color::kGreen;
  double weight = 0.1;
  double clock_hz = 1.5e9;
  std::int64_t bytes = 65536;
  std::vector<std::string> pieces = {"x", "y: z"};
};

/// One list of keys for both ways.
template <typename Form, typename Config>
void part_fields(Form& form, Config& part) {
  form.text("name", part.name);
  form.integer("rows", part.rows, {.minimum = 1});
  form.choice("color", part.color, kColors);
  form.section("inner", [&](auto& below) {
    below.number("weight", part.weight);
    below.quantity("clock", part.clock_hz, Unit::kFrequency);
    below.bytes("size", part.bytes);
  });
  form.sequence("pieces", part.pieces, [](auto& below, auto& piece) { below.text("name", piece); });
}

TEST(MappingWriter, WritesKeysInTheOrderOfTheCalls) {
  MappingWriter writer;
  const Part part;
  part_fields(writer, part);
  EXPECT_EQ(writer.str(),
            "name: a part\n"
            "rows: 3\n"
            "color: green\n"
            "inner:\n"
            "  weight: 0.1\n"
            "  clock: 1.5 GHz\n"
            "  size: 64 KiB\n"
            "pieces:\n"
            "  - name: x\n"
            "  - name: \"y: z\"\n");
}

TEST(MappingWriter, AnyTextReadsBackAsItself) {
  for (const std::string text : {"plain",
                                 "true",
                                 "No",
                                 "null",
                                 "~",
                                 "1",
                                 "0x1",
                                 "-",
                                 "a: b",
                                 "a #b",
                                 " a",
                                 "a ",
                                 "'",
                                 "\"\\",
                                 "line\nbreak",
                                 "tab\there",
                                 "*x",
                                 "&x",
                                 "{a}",
                                 "[a]",
                                 "%a",
                                 "layer[1-3].*",
                                 "\xe2\x82\xac",
                                 "2024-01-01",
                                 "a,b",
                                 "---",
                                 "..."}) {
    Part part;
    part.name = text;
    part.pieces = {text};
    MappingWriter writer;
    part_fields(writer, part);
    Diagnostics diagnostics;
    const Document document = Document::parse(writer.str(), "part.yaml", diagnostics);
    Part read;
    read.name.clear();
    {
      Mapping mapping = document.root().mapping();
      part_fields(mapping, read);
    }
    diagnostics.throw_if_any();
    EXPECT_EQ(read.name, text);
    EXPECT_EQ(read.pieces, part.pieces);
    EXPECT_EQ(read.weight, part.weight);
    EXPECT_EQ(read.clock_hz, part.clock_hz);
    EXPECT_EQ(read.bytes, part.bytes);
  }
}

TEST(MappingWriter, LeavesOutWhatIsEmptyButKeepsSections) {
  MappingWriter writer;
  writer.text("name", "");
  writer.sequence("pieces", std::vector<std::string>(), [](auto&, auto&) {});
  writer.section("inner", [](MappingWriter&) {});
  EXPECT_EQ(writer.str(), "inner: {}\n");
}

}  // namespace
}  // namespace systerm
