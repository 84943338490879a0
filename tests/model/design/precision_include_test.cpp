// SPDX-License-Identifier: Apache-2.0
#include "model/design/precision_include.h"

#include <fstream>

#include <gmock/gmock.h>

#include "model/design/effective_configuration.h"
#include "model/design/load_experiment.h"
#include "tests/model/design/test_vocabulary.h"
#include "workloads/document/diagnostics.h"

namespace systerm {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class PrecisionInclude : public testing::Test {
 protected:
  std::string file_ = testing::TempDir() + "systerm_plan_" +
                      testing::UnitTest::GetInstance()->current_test_info()->name() + ".yaml";

  void write(const std::string& text) const { std::ofstream(file_) << text; }
  Experiment parse(const std::string& precision,
                   const std::vector<std::string>& overrides = {}) const {
    return parse_experiment(
        "systerm: 1\ndesign: tq_64x128\nworkload: {network: resnet18}\n" + precision, "e.yaml",
        test_vocabulary(), overrides);
  }
};

const std::string kPlan =
    "systerm: 1\n"
    "precision:\n"
    "  default: {format: term_quantized, group_budget: 9}\n"
    "  layers: [{match: conv1, group_budget: 20}]\n";

TEST_F(PrecisionInclude, TakesThePlanAndLaysItsOwnKeysOver) {
  write(kPlan);
  const Experiment plain = parse("precision: {include: " + file_ + "}\n");
  EXPECT_EQ(plain.precision.defaults.parameters.group_budget, 9);
  ASSERT_EQ(plain.precision.layers.size(), 1U);
  EXPECT_EQ(plain.precision.layers[0].precision.parameters.group_budget, 20);
  const Experiment changed = parse("precision: {include: " + file_ +
                                       ", default: {data_terms: 2}}\n"
                                       "baseline: {precision: {include: " +
                                       file_ + "}}\n",
                                   {"precision.default.group_size=4"});
  EXPECT_EQ(changed.precision.defaults.parameters.group_budget, 9);
  EXPECT_EQ(changed.precision.defaults.parameters.data_terms, 2);
  EXPECT_EQ(changed.precision.defaults.parameters.group_size, 4);
  EXPECT_EQ(changed.baseline->defaults.parameters.group_budget, 9);
  for (const std::string& override :
       {"precision.include=" + file_, "precision={include: " + file_ + "}"}) {
    EXPECT_EQ(parse("", {override}).precision.defaults.parameters.group_budget, 9) << override;
  }
}

TEST_F(PrecisionInclude, ReadsWhatPrecisionDocumentWrites) {
  write(kPlan);
  const Experiment first = parse("precision: {include: " + file_ + "}\n");
  write(precision_document(first.precision, test_vocabulary()));
  const Experiment again = parse("precision: {include: " + file_ + "}\n");
  EXPECT_EQ(again.precision.defaults, first.precision.defaults);
  EXPECT_EQ(again.precision.layers.at(0).precision, first.precision.layers.at(0).precision);
}

TEST_F(PrecisionInclude, ReportsErrorsAtTheirPlaceInTheIncludedFile) {
  write("systerm: 1\nprecision:\n  default: {format: term_quantised}\ncolour: red\n");
  EXPECT_THAT([&] { parse("precision: {include: " + file_ + "}\n"); },
              ThrowsMessage<DocumentError>(
                  testing::AllOf(HasSubstr(file_ + ":3:21: precision.default.format"),
                                 HasSubstr(file_ + ":4:1: colour: unknown key"))));
  EXPECT_THAT(
      [&] { parse("precision: {include: nowhere.yaml}\n"); },
      ThrowsMessage<DocumentError>(HasSubstr("e.yaml:4:22: precision.include: no such file")));
  write("systerm: 1\n");
  EXPECT_THAT([&] { parse("precision: {include: " + file_ + "}\n"); },
              ThrowsMessage<DocumentError>(HasSubstr("precision: missing key")));
  write("systerm: 1\nprecision: {include: other.yaml}\n");
  EXPECT_THAT([&] { parse("precision: {include: " + file_ + "}\n"); },
              ThrowsMessage<DocumentError>(HasSubstr("an included file cannot include another")));
}

}  // namespace
}  // namespace systerm
