// SPDX-License-Identifier: Apache-2.0
// `systerm pack` and `systerm pipeline` as their users meet them.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/model/cli/program.h"

namespace systerm {
namespace {

using nlohmann::json;
using testing::HasSubstr;

test::Outcome systerm(const std::string& arguments) { return test::systerm(arguments, true); }

std::string folder() { return testing::TempDir() + "systerm_pack"; }

std::string write_csv(const std::string& name, const std::string& text) {
  const std::string path = folder() + "_" + name + ".csv";
  std::ofstream(path) << text;
  return path;
}

json pack(const std::string& arguments) {
  const test::Outcome outcome = systerm("pack --json " + arguments);
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  return json::parse(outcome.output, nullptr, false);
}

// The matrix of ColumnCombining.HandWorkedExample.
const char* const kMatrix = "# four filters\n5,0,0,7,0\n3,0,0,0,0\n\n0,2,-2,0,0\n0,0,4,0,0\n";

TEST(Pack, PrintsTheGroupsOfAHandWorkedExample) {
  const std::string file = write_csv("example", kMatrix);
  const json tight = pack(file + " --gamma 0 --array 2x1 --array 4x4");
  EXPECT_EQ(tight["groups"], json::parse("[[0, 2], [1, 3]]"));
  EXPECT_EQ(tight["conflicts"], json::parse("[0, 0]"));
  EXPECT_EQ(tight["nonzeros_kept"], 6);
  EXPECT_EQ(tight["nonzeros_pruned"], 0);
  EXPECT_EQ(tight["packed_rows"], 4);
  EXPECT_EQ(tight["packed_columns"], 2);
  EXPECT_EQ(tight["efficiency"], 0.75);
  EXPECT_EQ(tight["tiles"], json::parse(R"({"2x1": 4, "4x4": 1})"));
  EXPECT_EQ(tight["unpacked_tiles"], json::parse(R"({"2x1": 10, "4x4": 2})"));
  const json loose = pack(file + " --gamma 0.5 --algorithm dense_column_first");
  EXPECT_EQ(loose["groups"], json::parse("[[0, 2, 1, 3]]"));
  EXPECT_EQ(loose["conflicts"], json::parse("[2]"));
}

TEST(Pack, WritesValuesSelectsAndAPicture) {
  const std::string file = write_csv("written", kMatrix);
  const std::string out = folder() + "_out";
  const std::string picture = folder() + "_picture.svg";
  ASSERT_EQ(systerm("pack " + file + " --out " + out + " --picture " + picture).status, 0);
  // What was packed is a matrix again: 4 x 1, dense.
  const json packed = pack(out + "/values.npy");
  EXPECT_EQ(packed["groups"], json::parse("[[0]]"));
  EXPECT_EQ(packed["efficiency"], 1.0);
  EXPECT_EQ(pack(out + "/selects.npy")["nonzeros_kept"], 3);  // selects 3, 0, 2, 1
  std::ifstream stream(picture);
  std::stringstream svg;
  svg << stream.rdbuf();
  EXPECT_THAT(svg.str(), testing::StartsWith("<svg "));
  EXPECT_THAT(svg.str(), HasSubstr("before: 4 x 5"));
  EXPECT_THAT(svg.str(), HasSubstr("after: 4 x 1"));
}

TEST(Pack, TakesMatricesAndGroupsOfAnArchive) {
  const std::string archive = SYSTERM_SOURCE_DIR "/configs/data/digits/combined.npz";
  const json given = pack(archive + ":conv2 --groups " + archive + ":conv2.groups");
  EXPECT_EQ(given["algorithm"], "given");
  EXPECT_EQ(given["alpha"], 8);
  EXPECT_EQ(given["nonzeros_pruned"], 0);
  // What was trained in these groups leaves an algorithm nothing better.
  const json chosen = pack(archive + ":conv2 --alpha 8 --gamma 0");
  EXPECT_EQ(chosen["nonzeros_kept"], given["nonzeros_kept"]);
  EXPECT_GE(chosen["packed_columns"], given["packed_columns"]);
  EXPECT_THAT(systerm("pack " + archive + ":conv2 --alpha 4 --groups x.npy").output,
              HasSubstr("--alpha excludes --groups"));
  EXPECT_THAT(systerm("pack " + archive + ":conv2 --groups " + archive + ":logits.groups").output,
              HasSubstr("combined.npz:logits.groups: "));
  EXPECT_THAT(
      systerm("pack " + archive + ":conv2 --multiplexer 4 --groups " + archive + ":conv2.groups")
          .output,
      HasSubstr("alpha is 8, but a cell's multiplexer has 4 inputs"));
  EXPECT_THAT(systerm("pack " + archive + ":conv3").output, HasSubstr("no array 'conv3'"));
}

TEST(Pack, HandlesMatricesWithoutNonzerosAndOfOneColumn) {
  const json zero = pack(write_csv("zero", "0 0\n0 0\n"));
  EXPECT_EQ(zero["groups"], json::array());
  EXPECT_EQ(zero["efficiency"], 0.0);
  EXPECT_EQ(zero["tiles"]["64x64"], 0);
  EXPECT_EQ(pack(write_csv("column", "1\n0\n2\n"))["groups"], json::parse("[[0]]"));
}

TEST(Pack, RefusesWithTheReason) {
  const std::string file = write_csv("refused", kMatrix);
  const auto message = [](const std::string& arguments) {
    const test::Outcome outcome = systerm("pack " + arguments);
    EXPECT_NE(outcome.status, 0) << arguments;
    return outcome.output;
  };
  EXPECT_THAT(message(file + " --gamma -1"), HasSubstr("gamma"));
  EXPECT_THAT(message(file + " --alpha 16 --multiplexer 8"),
              HasSubstr("alpha is 16, but a cell's multiplexer has 8 inputs"));
  EXPECT_THAT(message(file + " --alpha 0"), HasSubstr("alpha must be 1 to 256, not 0"));
  EXPECT_THAT(message(file + " --algorithm gredy"), HasSubstr("greedy"));
  EXPECT_THAT(message(file + " --array 8"), HasSubstr("expected ROWSxCOLUMNS"));
  EXPECT_THAT(message(folder() + "_absent.csv"), HasSubstr("absent.csv"));
  EXPECT_THAT(message(write_csv("nan", "1,2\n3,nan\n")),
              HasSubstr("the value at row 1, column 1 is not a number"));
  EXPECT_THAT(message(write_csv("ragged", "1,2\n3\n")), HasSubstr("ragged.csv:2:1: 1 numbers"));
  EXPECT_THAT(message(write_csv("word", "1,2\n3,four\n")),
              HasSubstr("word.csv:2:3: expected a number, not 'four'"));
}

TEST(Pipeline, PrintsItsLatency) {
  const json result = test::json_of("pipeline --json " SYSTERM_SOURCE_DIR
                                    "/configs/experiments/resnet20_packed.yaml "
                                    "--set run.fidelity=timing --set pipeline.cells=2000");
  EXPECT_LE(result["cells"], 2000);
  EXPECT_GE(result["latency_cycles"], 8352);
  EXPECT_EQ(result["layers"][0]["name"], "conv1");
}

}  // namespace
}  // namespace systerm
