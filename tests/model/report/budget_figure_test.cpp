// SPDX-License-Identifier: Apache-2.0
// The picture of accuracy and costs over term budgets.
#include "model/report/budget_figure.h"

#include <iterator>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/report/palette.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;
using testing::Not;

Json row(int k, int s, double top1, double cycles) {
  return {{"label", "k and s"}, {"group_budget", k}, {"data_terms", s},  {"top1", top1},
          {"agreement", 0.75},  {"sqnr_db", 20.0},   {"cycles", cycles}, {"energy_pj", 1e6}};
}

Json document() {
  Json curve = {row(12, 3, 0.9, 400), row(4, 3, 0.5, 200), row(12, 2, 0.8, 300),
                row(4, 2, 0.4, 100)};
  return {{"experiment", "digits"},
          {"design", "array"},
          {"float", {{"top1", 1.0}}},
          {"curve", std::move(curve)}};
}

/// Corners of the lines of a colour.
std::vector<std::vector<std::pair<double, double>>> lines(const std::string& svg,
                                                          const std::string& colour) {
  std::vector<std::vector<std::pair<double, double>>> found;
  const std::regex path("<path d=\"([^\"]*)\" stroke=\"" + colour + "\"");
  const std::regex corner("[ML]([0-9.]+) ([0-9.]+)");
  for (std::sregex_iterator at(svg.begin(), svg.end(), path), end; at != end; ++at) {
    const std::string data = (*at)[1];
    auto& line = found.emplace_back();
    for (std::sregex_iterator point(data.begin(), data.end(), corner); point != end; ++point) {
      line.emplace_back(std::stod((*point)[1]), std::stod((*point)[2]));
    }
  }
  return found;
}

TEST(BudgetPicture, HasALineForEachNumberOfDataTermsInEachPanel) {
  const std::string svg = budget_picture(document()).embedded();
  for (const char* text : {"s 2", "s 3", "float network (solid)", "top-1 (%)", "cycles a sample",
                           "energy a sample (uJ)", "group budget k"}) {
    EXPECT_THAT(svg, HasSubstr(text));
  }
  const auto fewer = lines(svg, std::string(series_colour(0)));
  const auto more = lines(svg, std::string(series_colour(1)));
  ASSERT_EQ(fewer.size(), 3U);
  ASSERT_EQ(more.size(), 3U);
  for (const auto& line : more) ASSERT_EQ(line.size(), 2U);
  // In the order of k, whatever the order of the rows; more accurate and more cycles is higher up.
  EXPECT_LT(more[0][0].first, more[0][1].first);
  EXPECT_GT(more[0][0].second, more[0][1].second);
  EXPECT_LT(more[0][1].second, fewer[0][1].second);
  EXPECT_LT(more[1][1].second, fewer[1][1].second);
  // Panels share their axis across and lie below each other.
  EXPECT_EQ(more[0][1].first, more[2][1].first);
  EXPECT_GT(more[1][1].second, more[0][0].second);
}

TEST(BudgetPicture, ShowsAgreementWithoutLabelsAndLeavesOutWhatIsNotPriced) {
  Json unlabelled = document();
  for (Json& each : unlabelled["curve"]) {
    each["top1"] = nullptr;
    each.erase("energy_pj");
  }
  const std::string svg = budget_picture(unlabelled).embedded();
  EXPECT_THAT(svg, HasSubstr("agreement with float (%)"));
  EXPECT_THAT(svg, Not(HasSubstr("energy")));
  EXPECT_THAT(svg, Not(HasSubstr("float network")));
}

TEST(BudgetPicture, PutsDataTermsAcrossWhereThereIsOneGroupBudget) {
  Json one = document();
  one["curve"] = {row(12, 3, 0.9, 400), row(12, 2, 0.8, 300)};
  const std::string svg = budget_picture(one).embedded();
  EXPECT_THAT(svg, HasSubstr("data terms s"));
  EXPECT_THAT(svg, HasSubstr("k 12"));
}

}  // namespace
}  // namespace systerm
