// SPDX-License-Identifier: Apache-2.0
#include "workloads/document/nearest_name.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace systerm {
namespace {

const std::vector<std::string> kNames = {"rows", "columns", "group_size", "group_budget", "m"};

TEST(NearestName, ForgivesSlipsOfTheKeyboard) {
  EXPECT_EQ(nearest_name("row", kNames), "rows");
  EXPECT_EQ(nearest_name("Rows", kNames), "rows");
  EXPECT_EQ(nearest_name("rwos", kNames), "rows");
  EXPECT_EQ(nearest_name("groupsize", kNames), "group_size");
  EXPECT_EQ(nearest_name("group_bugdet", kNames), "group_budget");
}

TEST(NearestName, HasNoSuggestionForWhatIsFarFromEverything) {
  EXPECT_EQ(nearest_name("frequency", kNames), std::nullopt);
  EXPECT_EQ(nearest_name("x", kNames), std::nullopt);
  EXPECT_EQ(nearest_name("", kNames), std::nullopt);
  EXPECT_EQ(nearest_name("rows", {}), std::nullopt);
  EXPECT_EQ(nearest_name(std::string(100'000, 'r'), kNames), std::nullopt);
}

TEST(SuggestName, ListsAllNamesWhereNoneIsNear) {
  EXPECT_EQ(suggest_name("colums", kNames), "did you mean 'columns'?");
  EXPECT_EQ(suggest_name("frequency", kNames),
            "valid are: rows, columns, group_size, group_budget, m");
  EXPECT_EQ(suggest_name("frequency", {}), "valid are: none");
}

}  // namespace
}  // namespace systerm
