// SPDX-License-Identifier: Apache-2.0
#include "model/report/html_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace systerm {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::ordered_json;

constexpr const char* kHostile = "</script><!--<b title=\"'&";

std::string data_of(const std::string& page) {
  const std::string begin = "id=\"report-data\">";
  const std::size_t at = page.find(begin) + begin.size();
  return page.substr(at, page.find("</script>", at) - at);
}

TEST(EscapeMarkup, LeavesNothingThatMarkupReads) {
  EXPECT_EQ(escape_markup("<a href='x'>\"&\"</a>"),
            "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt;");
  EXPECT_EQ(escape_markup("\xC3\xA4 \xE2\x82\xAC"), "\xC3\xA4 \xE2\x82\xAC");
}

TEST(EscapeMarkup, ReplacesWhatIsNoText) {
  constexpr const char* kReplacement = "\xEF\xBF\xBD";
  EXPECT_EQ(escape_markup("a\xFF"), std::string("a") + kReplacement);
  EXPECT_EQ(escape_markup("\xC3"), kReplacement);                       // cut short
  EXPECT_EQ(escape_markup("\xED\xA0\x80").substr(0, 3), kReplacement);  // a surrogate
  EXPECT_EQ(escape_markup("\xC0\x80").substr(0, 3), kReplacement);      // an overlong zero
  EXPECT_EQ(escape_markup("\x01"), kReplacement);
}

TEST(HtmlPage, KeepsHostileTextAsText) {
  const std::string page = html_page({kHostile, kHostile, html_table({kHostile}, {{kHostile}})},
                                     ReportStyle::kInteractive, {{"name", kHostile}});
  EXPECT_EQ(Json::parse(data_of(page))["name"], kHostile);
  EXPECT_THAT(page, Not(HasSubstr("<b title")));
  EXPECT_THAT(page, Not(HasSubstr("<!--<")));
}

TEST(HtmlPage, KeepsDataThatAreNotUtf8Readable) {
  const std::string page = html_page({"t", "", ""}, ReportStyle::kInteractive, {{"name", "a\xFF"}});
  EXPECT_EQ(Json::parse(data_of(page))["name"], "a\xEF\xBF\xBD");
}

TEST(HtmlPage, NamesNoAddressToFetch) {
  for (const ReportStyle style : {ReportStyle::kStatic, default_report_style()}) {
    const std::string page = html_page({"t", "s", ""}, style, Json::object());
    EXPECT_THAT(page, Not(HasSubstr("<link")));
    EXPECT_THAT(page, Not(HasSubstr(" src=")));
    EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  }
}

TEST(HtmlPage, HasNoScriptsInAStaticPage) {
  EXPECT_THAT(html_page({"t", "s", ""}, ReportStyle::kStatic, {}), Not(HasSubstr("<script")));
}

}  // namespace
}  // namespace systerm
