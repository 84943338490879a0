// SPDX-License-Identifier: Apache-2.0
#include "model/design/layer_rules.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/design/shell_pattern.h"

namespace systerm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ShellPattern, MatchesTheWholeName) {
  EXPECT_TRUE(matches_pattern("conv1", "conv1"));
  EXPECT_FALSE(matches_pattern("conv1", "conv10"));
  EXPECT_FALSE(matches_pattern("conv", "conv1"));
  EXPECT_FALSE(matches_pattern("", "conv1"));
  EXPECT_TRUE(matches_pattern("", ""));
}

TEST(ShellPattern, StarStandsForAnyRunOfCharacters) {
  EXPECT_TRUE(matches_pattern("*", ""));
  EXPECT_TRUE(matches_pattern("layer1.*", "layer1.0.conv1"));
  EXPECT_FALSE(matches_pattern("layer1.*", "layer10"));
  EXPECT_TRUE(matches_pattern("*.conv?", "layer1.0.conv1"));
  EXPECT_TRUE(matches_pattern("features.*.conv.1.0", "features.17.conv.1.0"));
  EXPECT_FALSE(matches_pattern("features.*.conv.1.0", "features.1.conv.0.0"));
  EXPECT_TRUE(matches_pattern("a*b*c", "abbbcbc"));
}

TEST(ShellPattern, SetsStandForOneCharacter) {
  EXPECT_TRUE(matches_pattern("fc[12]", "fc2"));
  EXPECT_FALSE(matches_pattern("fc[12]", "fc3"));
  EXPECT_TRUE(matches_pattern("layer[1-3].*", "layer2.0"));
  EXPECT_FALSE(matches_pattern("layer[!1-3].*", "layer2.0"));
  EXPECT_TRUE(matches_pattern("layer[!1-3].*", "layer4.0"));
  EXPECT_TRUE(matches_pattern("a[]]b", "a]b"));
  EXPECT_TRUE(matches_pattern("a[-]b", "a-b"));
  EXPECT_FALSE(matches_pattern("fc[12]", "fc"));
}

TEST(ShellPattern, ABracketThatNothingClosesStandsForItself) {
  EXPECT_TRUE(matches_pattern("a[b", "a[b"));
  EXPECT_FALSE(matches_pattern("a[b", "ab"));
}

// Backtracking over every star would take the age of the universe here.
TEST(ShellPattern, ManyStarsStayFast) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "a*";
  EXPECT_FALSE(matches_pattern(pattern + "b", std::string(10'000, 'a')));
}

PrecisionPlan plan_of(const std::vector<std::string>& patterns) {
  PrecisionPlan plan;
  for (const std::string& pattern : patterns) plan.layers.push_back({pattern, {}});
  return plan;
}

TEST(LayerRules, TheLastRuleThatMatchesHolds) {
  const PrecisionPlan plan = plan_of({"layer*", "layer1.*", "fc"});
  EXPECT_EQ(precision_for(plan, "layer1.0").precision, &plan.layers[1].precision);
  EXPECT_EQ(precision_for(plan, "layer1.0").rule, 1U);
  EXPECT_EQ(precision_for(plan, "layer2.0").rule, 0U);
  EXPECT_EQ(precision_for(plan, "conv1").precision, &plan.defaults);
  EXPECT_EQ(precision_for(plan, "conv1").rule, std::nullopt);
}

TEST(LayerRules, RulesThatMatchNoLayerAreFound) {
  const std::vector<std::string> layers = {"conv1", "layer1.0", "fc"};
  EXPECT_THAT(unmatched_rules(plan_of({"layer*", "layer2.*", "fc1", "*"}), layers),
              ElementsAre(1, 2));
  EXPECT_THAT(unmatched_rules(plan_of({}), layers), IsEmpty());
}

TEST(LayerRules, MappingRulesWorkTheSameWay) {
  std::vector<MappingRule> rules(2);
  rules[0].match = "*";
  rules[1].match = "fc*";
  EXPECT_EQ(mapping_for(rules, "fc1"), &rules[1]);
  EXPECT_EQ(mapping_for(rules, "conv1"), &rules[0]);
  EXPECT_EQ(mapping_for({}, "conv1"), nullptr);
  const std::vector<std::string> layers = {"conv1"};
  EXPECT_THAT(unmatched_rules(rules, layers), ElementsAre(1));
}

}  // namespace
}  // namespace systerm
