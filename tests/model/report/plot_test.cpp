// SPDX-License-Identifier: Apache-2.0
#include "model/report/plot.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace systerm {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using Json = nlohmann::ordered_json;

const PlotTable& table() {
  static const PlotTable kTable{"layers",
                                {{"name", "", {"first", "second", "third"}},
                                 {"cycles", "cycle", {100, 200, 400}},
                                 {"busy", "cycle", {90, 100, 100}},
                                 {"bytes", "B", {1, 2, nullptr}},
                                 {"rows", "", {16, 32, 64}}}};
  return kTable;
}

std::string drawn(const PlotRequest& request) { return plot(table(), request).file(); }

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST(Plot, DrawsBarsForNamesAndDotsForNumbers) {
  EXPECT_THAT(drawn({.x = "name", .y = {"cycles"}}), HasSubstr(">second</text>"));
  EXPECT_EQ(count(drawn({.x = "rows", .y = {"cycles"}}), "<circle "), 3U);
}

TEST(Plot, NamesColumnsWithTheirUnits) {
  const std::string svg = drawn({.x = "rows", .y = {"cycles"}});
  EXPECT_THAT(svg, HasSubstr(">cycles</text>"));
  EXPECT_THAT(svg, HasSubstr(">rows</text>"));
  EXPECT_THAT(drawn({.x = "rows", .y = {"busy"}}), HasSubstr(">busy (cycles)</text>"));
}

TEST(Plot, LeavesOutRowsWithoutAValue) {
  EXPECT_EQ(count(drawn({.x = "rows", .y = {"bytes"}}), "<circle "), 2U);
}

TEST(Plot, ColoursByAColumnAndNamesTheColours) {
  const std::string svg = drawn({.x = "rows", .y = {"cycles"}, .colour = "name"});
  for (const char* name : {"first", "second", "third"}) {
    EXPECT_THAT(svg, HasSubstr(fmt::format(">{}</text>", name)));
  }
}

TEST(Plot, JoinsDotsInTheOrderOfX) {
  const std::string svg = drawn({.x = "rows", .y = {"cycles"}, .lines = true});
  EXPECT_EQ(count(svg, "stroke-width=\"1.8\""), 1U);
}

TEST(Plot, SuggestsTheNearestColumn) {
  EXPECT_THAT([] { drawn({.x = "name", .y = {"cycle"}}); },
              ThrowsMessage<std::runtime_error>(
                  testing::AllOf(HasSubstr("no column 'cycle'"), HasSubstr("'cycles'"))));
}

TEST(Plot, RefusesWhatCannotBeDrawn) {
  EXPECT_THAT([] { drawn({.x = "rows", .y = {"name"}}); },
              ThrowsMessage<std::runtime_error>(HasSubstr("expected a column of numbers")));
  EXPECT_THAT(
      [] {
        drawn({.x = "name", .y = {"cycles", "bytes"}});
      },
      ThrowsMessage<std::runtime_error>(HasSubstr("different units")));
  EXPECT_THAT(
      [] {
        drawn({.x = "name", .y = {"cycles", "busy"}, .colour = "rows"});
      },
      ThrowsMessage<std::runtime_error>(HasSubstr("one --y only")));
  EXPECT_THAT(
      [] {
        drawn({.x = "name", .y = {"cycles", "busy"}, .log_y = true});
      },
      ThrowsMessage<std::runtime_error>(HasSubstr("no logarithmic axis")));
}

TEST(LayersPlotTable, HasEveryFigureOfALayer) {
  const PlotTable layers = layers_plot_table(Json::parse(R"({"experiment": "e", "layers": [
    {"name": "a", "type": "linear", "cycles": 10, "stalls": {"skew": 3}},
    {"name": "b", "type": "linear", "cycles": 20, "stalls": {"skew": 4}}]})"));
  EXPECT_EQ(layers.require("stalls.skew").cells[1], 4);
  EXPECT_EQ(layers.require("stalls.skew").unit, "cycle");
  EXPECT_TRUE(layers.require("name").is_text());
}

}  // namespace
}  // namespace systerm
