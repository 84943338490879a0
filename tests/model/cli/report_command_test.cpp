// SPDX-License-Identifier: Apache-2.0
// report, plot and run --timeline by the built binary.
#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/model/cli/folder_test.h"
#include "tests/model/cli/program.h"

namespace systerm {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A folder of its own with an experiment, its result and a sweep.
class Reports : public test::FolderTest {
 protected:
  Reports() {
    write("experiment.yaml", R"(systerm: 1
name: two
design: tq_64x128
workload: {gemms: [{name: first, m: 64, k: 128, n: 64}, {name: second, m: 16, k: 64, n: 64}]}
precision: {default: {format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}}
baseline: {precision: {default: {format: uniform}}}
run: {fidelity: timing}
)");
  }

  /// Runs in the folder.
  test::Outcome systerm(const std::string& arguments) {
    return test::run_shell("cd '" + folder_.string() + "' && '" SYSTERM_PROGRAM "' " + arguments +
                           " 2>&1 </dev/null");
  }
  void run_and_expect_success(const std::string& arguments) {
    const test::Outcome outcome = systerm(arguments);
    ASSERT_EQ(outcome.status, 0) << arguments << '\n' << outcome.output;
  }
  bool exists(const std::string& name) const { return std::filesystem::exists(folder_ / name); }
};

TEST_F(Reports, TakeAResultOrItsFolder) {
  run_and_expect_success("run experiment.yaml --out result");
  run_and_expect_success("report result --static --html folder.html");
  run_and_expect_success("report result/result.json --static --html file.html");
  EXPECT_EQ(file("folder.html"), file("file.html"));
  EXPECT_THAT(file("folder.html"),
              AllOf(StartsWith("<!DOCTYPE html>"), HasSubstr(">second</text>"),
                    HasSubstr("Roofline"), HasSubstr("Against the baseline"),
                    HasSubstr("command processor"), HasSubstr("configuration hash")));
}

TEST_F(Reports, AreTheSameBytesForTheSameResult) {
  run_and_expect_success("run experiment.yaml --out result");
  run_and_expect_success("report result --html first.html");
  run_and_expect_success("report result --html second.html");
  EXPECT_EQ(file("first.html"), file("second.html"));
}

TEST_F(Reports, SayWhatIsMissingBesideAResult) {
  run_and_expect_success("run experiment.yaml --out result");
  std::filesystem::remove(folder_ / "result" / "experiment.yaml");
  run_and_expect_success("report result --static --html r.html");
  EXPECT_THAT(file("r.html"),
              AllOf(HasSubstr("no experiment.yaml beside the result"), Not(HasSubstr("Roofline"))));
}

TEST_F(Reports, RefuseWhatIsNoResultAndWriteNothing) {
  std::ofstream(folder_ / "broken.json") << "{\"total\": ";
  std::ofstream(folder_ / "other.json") << R"({"experiment": "e"})";
  const test::Outcome broken = systerm("report broken.json --html r.html");
  EXPECT_EQ(broken.status, 1);
  EXPECT_THAT(broken.output, HasSubstr("broken.json: not a result"));
  const test::Outcome other = systerm("report other.json --html r.html");
  EXPECT_THAT(other.output, HasSubstr("'design' is missing"));
  EXPECT_EQ(systerm("report ./nowhere --html r.html").status, 1);
  EXPECT_THAT(systerm("report no_such_sweep --html r.html").output, HasSubstr("--store names one"));
  EXPECT_THAT(systerm("report other.json --html nowhere/r.html").output,
              HasSubstr("nowhere/r.html: cannot be written"));
  EXPECT_FALSE(exists("r.html"));
}

TEST_F(Reports, ShowASweepAndItsPoints) {
  std::ofstream(folder_ / "sweep.yaml") << R"(systerm: 1
name: shapes
base: experiment.yaml
axes:
  - {path: design.array.rows, values: [16, 32]}
  - {path: design.array.columns, values: [32, 64]}
)";
  run_and_expect_success("sweep run sweep.yaml --store store --jobs 1");
  run_and_expect_success("report sweep.yaml --store store --static --html by_file.html");
  run_and_expect_success("report shapes --store store --static --html by_name.html");
  EXPECT_EQ(file("by_file.html"), file("by_name.html"));
  EXPECT_THAT(file("by_file.html"),
              AllOf(HasSubstr("The front, and what limits it"), HasSubstr("largest stall")));
  run_and_expect_success("report sweep.yaml --store store --point 3 --static --html point.html");
  EXPECT_THAT(file("point.html"), HasSubstr("32 x 64 tmac"));
  const test::Outcome outside = systerm("report shapes --store store --point 4 --html p.html");
  EXPECT_THAT(outside.output, HasSubstr("sweep 'shapes' has points 0 to 3"));
  const test::Outcome unknown =
      systerm("report shapes --store store --objective total.cycle --html p.html");
  EXPECT_THAT(unknown.output, HasSubstr("total.cycles"));
  run_and_expect_success(
      "plot shapes --store store --x cells --y total.cycles --color rows --out p.svg");
  EXPECT_THAT(file("p.svg"), HasSubstr(">total.cycles</text>"));
}

TEST_F(Reports, PlotColumnsAsVectorsAndPixels) {
  run_and_expect_success("run experiment.yaml --out result");
  run_and_expect_success("plot result --x name --y busy --y stalls.skew --out p.svg");
  EXPECT_THAT(file("p.svg"), AllOf(StartsWith("<?xml"), HasSubstr(">second</text>")));
  run_and_expect_success("plot result --x macs --y cycles --out p.png");
  EXPECT_THAT(file("p.png"), StartsWith("\x89PNG"));
  const test::Outcome unknown = systerm("plot result --x name --y cycels --out p.svg");
  EXPECT_EQ(unknown.status, 1);
  EXPECT_THAT(unknown.output, HasSubstr("'cycles'"));
  const test::Outcome format = systerm("plot result --x name --y cycles --out p.pdf");
  EXPECT_EQ(format.status, 2);
  EXPECT_THAT(format.output, HasSubstr("ends neither in .svg nor in .png"));
}

TEST_F(Reports, TimelineIsWrittenBesideTheResultAndBounded) {
  run_and_expect_success("run experiment.yaml --timeline trace.json --out with");
  const json trace = json::parse(file("trace.json"));
  EXPECT_GT(trace["traceEvents"].size(), 20U);
  EXPECT_EQ(trace["otherData"]["dropped_intervals"], 0);
  run_and_expect_success("run experiment.yaml --out without");
  EXPECT_EQ(file("with/result.json"), file("without/result.json"));

  const test::Outcome limited = systerm("run experiment.yaml --timeline t.json --timeline-limit 5");
  EXPECT_THAT(limited.output, HasSubstr("holds the first 5 intervals"));
  EXPECT_EQ(json::parse(file("t.json"))["otherData"]["intervals"], 5);
}

TEST_F(Reports, TimelineRefusesWindowsThatAreNone) {
  for (const char* bad : {"5", "9:3", "a:b", "3:3", "-1:4"}) {
    const test::Outcome outcome =
        systerm(std::string("run experiment.yaml --timeline t.json --timeline-window=") + bad);
    EXPECT_EQ(outcome.status, 2) << bad;
    EXPECT_THAT(outcome.output, HasSubstr("FROM:TO")) << bad;
  }
  EXPECT_EQ(systerm("run experiment.yaml --timeline-window 0:5").status, 2);
  EXPECT_EQ(systerm("run experiment.yaml --timeline nowhere/t.json").status, 1);
  EXPECT_FALSE(exists("t.json"));
}

}  // namespace
}  // namespace systerm
