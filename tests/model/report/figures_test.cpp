// SPDX-License-Identifier: Apache-2.0
// Pictures of bars and dots, and their pixels.
#include <cmath>
#include <iterator>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/report/bar_figure.h"
#include "model/report/figure_frame.h"
#include "model/report/png.h"
#include "model/report/scatter_figure.h"

namespace systerm {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// Widths of the rectangles of a colour, in order.
std::vector<double> widths(const std::string& svg, const std::string& colour) {
  std::vector<double> found;
  const std::regex pattern("<rect [^>]*width=\"([0-9.]+)\" height=\"[0-9.]+\" fill=\"" + colour +
                           "\">");
  for (std::sregex_iterator at(svg.begin(), svg.end(), pattern), end; at != end; ++at) {
    found.push_back(std::stod((*at)[1]));
  }
  return found;
}

TEST(BarPicture, MakesBarsAsLongAsTheirValues) {
  const SvgPicture picture =
      bar_picture({"title",
                   "cycles",
                   {"a", "b"},
                   {{"busy", "#111111", {100, 50}}, {"skew", "#222222", {0, 25}}}});
  const auto busy = widths(picture.embedded(), "#111111");
  const auto skew = widths(picture.embedded(), "#222222");
  ASSERT_EQ(busy.size(), 2U);
  ASSERT_EQ(skew.size(), 1U);  // nothing for a zero
  EXPECT_NEAR(busy[0], 2 * busy[1], 0.02);
  EXPECT_NEAR(busy[1], 2 * skew[0], 0.02);
}

TEST(BarPicture, NamesSeriesOnlyWhereThereAreSeveral) {
  const BarSeries only{"the only one", "#111111", {1}};
  EXPECT_THAT(bar_picture({"t", "x", {"a"}, {only}}).embedded(),
              Not(HasSubstr(">the only one</text>")));
  EXPECT_THAT(bar_picture({"t", "x", {"a"}, {only, only}}).embedded(),
              HasSubstr(">the only one</text>"));
}

TEST(BarPicture, DrawsNothingButZeros) {
  EXPECT_THAT(bar_picture({"t", "x", {"a"}, {{"s", "#111111", {0}}}}).embedded(),
              HasSubstr("</svg>"));
  EXPECT_THAT(bar_picture({"t", "x", {}, {}}).embedded(), HasSubstr("</svg>"));
}

TEST(Shortened, CutsLongNamesInTheMiddleAndKeepsCharactersWhole) {
  EXPECT_EQ(shortened("layer", 12, 100), "layer");
  const std::string name =
      "stage_\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4_block_convolution";
  const std::string cut = shortened(name, 12, 80);
  EXPECT_LE(text_width(cut, 12), 80);
  EXPECT_THAT(cut, StartsWith("stage"));
  EXPECT_TRUE(cut.ends_with("tion")) << cut;
  EXPECT_THAT(escape_markup(cut), Not(HasSubstr("\xEF\xBF\xBD")));
}

TEST(ScatterPicture, LeavesOutWhatHasNoPlace) {
  ScatterFigure figure{"t", {"x", true}, {"y", false}, {}};
  figure.series.push_back({"s", "#111111", {{1, 1}, {0, 2}, {10, NAN}, {100, 3}}});
  const std::string svg = scatter_picture(figure).embedded();
  const std::regex circle("<circle ");
  EXPECT_EQ(std::distance(std::sregex_iterator(svg.begin(), svg.end(), circle), {}), 2);
}

TEST(ScatterPicture, StaysSmallForManyPoints) {
  ScatterFigure figure{"t", {"x"}, {"y"}, {{"s", "#111111", {}}}};
  for (int i = 0; i < 20000; ++i) {
    figure.series[0].points.push_back({i * 1.0, i % 977 * 1.0, "a tooltip"});
  }
  EXPECT_LT(scatter_picture(figure).embedded().size(), 500000U);
}

TEST(Png, IsAPictureOfTheRightSizeWithInkOnIt) {
  SvgPicture picture(40, 30, "title");
  const std::string blank = png_file(picture, 2.0);
  picture.text(4, 20, "text", {.size = 14});
  picture.rect(20, 2, 10, 10, R"(fill="#2f83c5")");
  const std::string drawn = png_file(picture, 2.0);
  EXPECT_EQ(drawn.substr(0, 8), "\x89PNG\r\n\x1a\n");
  EXPECT_EQ(drawn.substr(16, 8), std::string("\0\0\0\x50\0\0\0\x3c", 8));
  EXPECT_GT(drawn.size(), blank.size());
}

TEST(Png, ShowsText) {
  SvgPicture picture(60, 30, "title");
  const std::string blank = png_file(picture);
  picture.text(4, 20, "text", {.size = 14});
  EXPECT_NE(png_file(picture), blank) << "no font: install fonts-dejavu-core";
}

}  // namespace
}  // namespace systerm
