// SPDX-License-Identifier: Apache-2.0
// What expressions of sweep files mean, and where they are wrong.
#include "model/exploration/expression.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace systerm {
namespace {

ExpressionValue value_of(const std::string& text,
                         const std::map<std::string, ExpressionValue>& names = {}) {
  return Expression(text).evaluate(
      [&](std::string_view name) { return names.at(std::string(name)); });
}

double number(const std::string& text, const std::map<std::string, ExpressionValue>& names = {}) {
  return std::get<double>(value_of(text, names));
}

bool holds(const std::string& text, const std::map<std::string, ExpressionValue>& names = {}) {
  return std::get<bool>(value_of(text, names));
}

TEST(Expression, BindsOperatorsAsInArithmetic) {
  EXPECT_EQ(number("1 + 2 * 3"), 7.0);
  EXPECT_EQ(number("(1 + 2) * 3"), 9.0);
  EXPECT_EQ(number("2 * 3 ** 2"), 18.0);
  EXPECT_EQ(number("2 ** 3 ** 2"), 512.0);
  EXPECT_EQ(number("-2 ** 2"), -4.0);
  EXPECT_EQ(number("2 ** -1"), 0.5);
  EXPECT_EQ(number("10 - 4 - 3"), 3.0);
  EXPECT_EQ(number("7 // 2 + 7 % 2"), 4.0);
  EXPECT_EQ(number("-7 // 2"), -4.0);
  EXPECT_EQ(number("-7 % 3"), 2.0);
  EXPECT_TRUE(holds("1 + 1 == 2 and not 3 < 2 or false"));
  EXPECT_FALSE(holds("not true or false"));
}

TEST(Expression, ChainsComparisons) {
  EXPECT_TRUE(holds("8 <= k <= 24", {{"k", 24.0}}));
  EXPECT_FALSE(holds("8 <= k < 24", {{"k", 24.0}}));
  EXPECT_TRUE(holds("1 < 2 > 1 != 2"));
}

TEST(Expression, ReadsUnits) {
  EXPECT_EQ(number("64 KiB"), 65536.0);
  EXPECT_EQ(number("64KiB / 64"), 1024.0);
  EXPECT_EQ(number("500 MHz"), 5e8);
  EXPECT_EQ(number("22 nm * 2"), 44.0);
  EXPECT_EQ(number("900 mV"), 0.9);
  EXPECT_EQ(number("1 mm2"), 1e6);
  EXPECT_EQ(number("12.8 GB/s"), 12.8e9);
  EXPECT_TRUE(holds("60 ns < 1 us and 2 > 1"));
  EXPECT_EQ(number("1e3 + .5"), 1000.5);
}

TEST(Expression, CallsFunctions) {
  EXPECT_EQ(number("max(1, min(7, 5), 3)"), 5.0);
  EXPECT_EQ(number("ceil(7 / 2) + floor(7 / 2) + round(2.5)"), 10.0);
  EXPECT_EQ(number("log2(256) * sqrt(16) * abs(-1)"), 32.0);
  EXPECT_EQ(number("if(s > 2, 10, 20)", {{"s", 3.0}}), 10.0);
}

TEST(Expression, ComparesTexts) {
  EXPECT_TRUE(holds("cell == 'tmac'", {{"cell", std::string("tmac")}}));
  EXPECT_TRUE(holds("cell != \"pmac\"", {{"cell", std::string("tmac")}}));
}

TEST(Expression, NamesItsNamesOnceInOrder) {
  const Expression expression("rows * columns <= design.dram.size and rows > layers[0].m");
  std::vector<std::string> names;
  for (const Expression::Name& name : expression.names()) names.push_back(name.text);
  EXPECT_THAT(names, testing::ElementsAre("rows", "columns", "design.dram.size", "layers[0].m"));
  EXPECT_EQ(expression.names()[1].column, 7U);
}

TEST(Expression, IsAbsentOverAbsentValuesUnlessTheyDoNotMatter) {
  const std::map<std::string, ExpressionValue> names = {{"hop", {}}, {"rows", 16.0}};
  EXPECT_TRUE(is_absent(value_of("hop + 1", names)));
  EXPECT_TRUE(is_absent(value_of("hop > 1 and rows > 1", names)));
  EXPECT_FALSE(holds("hop > 1 and rows < 1", names));
  EXPECT_TRUE(holds("hop > 1 or rows > 1", names));
  EXPECT_EQ(number("if(rows > 1, rows, hop)", names), 16.0);
  const Expression absent("hop <= 4");
  const auto scope = [&](std::string_view name) { return names.at(std::string(name)); };
  EXPECT_TRUE(absent.holds(scope, true));
  EXPECT_FALSE(absent.holds(scope, false));
}

struct Mistake {
  std::string text;
  std::size_t column;
  std::string message;
};

class ExpressionMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(ExpressionMistakes, ArePlacedAndExplained) {
  const Mistake& mistake = GetParam();
  try {
    value_of(mistake.text, {{"rows", 16.0}, {"cell", std::string("tmac")}, {"k", 0.0}});
    ADD_FAILURE() << mistake.text << " passes";
  } catch (const ExpressionError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(mistake.message)) << mistake.text;
    EXPECT_EQ(error.column(), mistake.column) << mistake.text;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, ExpressionMistakes,
    testing::Values(Mistake{"rows * ", 7, "expected a value, got the end"},
                    Mistake{"rows = 16", 5, "use '=='"},
                    Mistake{"rows columns", 5, "expected an operator, got 'columns'"},
                    Mistake{"(rows + 1", 9, "expected ')'"},
                    Mistake{"rows & 1", 5, "begins no part"},
                    Mistake{"sqr(4)", 0, "did you mean 'sqrt'?"},
                    Mistake{"sqrt(4, 2)", 0, "takes 1 value, got 2"},
                    Mistake{"64KB2", 2, "unknown unit 'KB2'"}, Mistake{"'tmac", 0, "has no end"},
                    Mistake{"rows + cell", 7, "expected a number, got 'tmac'"},
                    Mistake{"cell and true", 0, "expected a condition, got 'tmac'"},
                    Mistake{"rows == cell", 5, "cannot compare 16 with 'tmac'"},
                    Mistake{"rows / k", 5, "division by zero"},
                    Mistake{"log2(k)", 0, "no finite number"}, Mistake{"", 0, "got the end"}));

TEST(Expression, RefusesDeepNestingInsteadOfOverflowing) {
  EXPECT_THROW(Expression(std::string(100'000, '(') + "1" + std::string(100'000, ')')),
               ExpressionError);
  EXPECT_THROW(Expression(std::string(100'000, '-') + "1"), ExpressionError);
}

}  // namespace
}  // namespace systerm
