// SPDX-License-Identifier: Apache-2.0
// The program as its users meet it: output, messages and exit statuses of the built binary.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/model/cli/program.h"

namespace systerm {
namespace {

using nlohmann::json;
using test::json_of;
using test::Outcome;
using test::systerm;
using testing::Contains;
using testing::HasSubstr;

std::filesystem::path shared_data() {
  const char* given = std::getenv("SYSTERM_SHARED_DATA");
  return given != nullptr ? std::filesystem::path(given)
                          : std::filesystem::path(SYSTERM_SOURCE_DIR) / "../shared/data";
}

/// An experiment of one GEMM, with `extra` behind it; gives its path.
std::string write_experiment(const std::string& name, const std::string& extra) {
  const std::string path = testing::TempDir() + "systerm_cli_" + name + ".yaml";
  std::ofstream(path) << "systerm: 1\nname: " << name << "\ndesign: tq_64x128\n" << extra;
  return path;
}

const char* const kOneGemm = "workload: {gemms: [{name: a, m: 4, k: 16, n: 8}]}\n";

TEST(Encode, GivesTheNonAdjacentFormOfHandWorkedValues) {
  // 3 = 4 - 1, 6 = 8 - 2, 27 = 32 - 4 - 1, 255 = 256 - 1.
  const json group = json_of("encode --json 3 6 27 255");
  EXPECT_EQ(group["values"], json::parse("[3, 6, 27, 255]"));
  EXPECT_EQ(group["terms"], json::parse("[[[2, 1], [0, -1]], [[3, 1], [1, -1]],"
                                        " [[5, 1], [2, -1], [0, -1]], [[8, 1], [0, -1]]]"));
  EXPECT_EQ(group["kept_values"], group["values"]);
  EXPECT_EQ(group["kept"].size(), 9U);
}

TEST(Encode, BudgetTakesLargestTermsAndTiesByLowestIndex) {
  // 2^2 of all three first, in the order of the values, then 2^0 of the first.
  const json group = json_of("encode --json --group-budget 4 3 -3 3");
  EXPECT_EQ(group["kept"], json::parse("[[0, 2, 1], [1, 2, -1], [2, 2, 1], [0, 0, -1]]"));
  EXPECT_EQ(group["kept_values"], json::parse("[3, -4, 4]"));
}

TEST(Encode, TakesNegativeIntegersWithAndWithoutSeparator) {
  EXPECT_EQ(json_of("encode --json -27 6")["values"], json::parse("[-27, 6]"));
  EXPECT_EQ(json_of("encode --json -- -27 6")["values"], json::parse("[-27, 6]"));
}

TEST(Encode, ReadsAGroupALineAndCutsArgumentsIntoGroups) {
  const Outcome lines = systerm("encode --json", false, "1 2\\n\\n-3\\n");
  EXPECT_EQ(lines.status, 0);
  EXPECT_THAT(lines.output, HasSubstr("\"values\":[1,2]"));
  EXPECT_THAT(lines.output, HasSubstr("\n{\"values\":[-3]"));
  const Outcome cut = systerm("encode --json --group-size 2 1 2 3");
  EXPECT_THAT(cut.output, HasSubstr("\"values\":[1,2]"));
  EXPECT_THAT(cut.output, HasSubstr("\n{\"values\":[3]"));
}

TEST(Encode, RefusesWhatItCannotEncode) {
  for (const char* bad : {"65536", "-65536", "99999999999999999999"}) {
    const Outcome outcome = systerm(std::string("encode ") + bad, true);
    EXPECT_EQ(outcome.status, 1) << bad;
    EXPECT_THAT(outcome.output, HasSubstr("out of range"));
  }
  const Outcome outcome = systerm("encode 12x", true);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output, HasSubstr("'12x' is not an integer"));
  EXPECT_EQ(systerm("encode").status, 1);
  EXPECT_EQ(systerm("encode --encoding ternary 1").status, 2);
}

TEST(List, NamesWhatTheRegistriesHold) {
  const json all = json_of("list --json");
  EXPECT_THAT(all["cells"], Contains("tmac"));
  EXPECT_THAT(all["formats"], Contains("term_quantized"));
  EXPECT_THAT(all["encodings"], Contains("hese_hybrid"));
  EXPECT_THAT(all["designs"], Contains("tq_64x128"));
  EXPECT_TRUE(all["networks"].is_array());
  EXPECT_EQ(json_of("list cells --json").size(), 1U);
  EXPECT_EQ(systerm("list colours").status, 2);
}

TEST(Import, ShowsTheLayersOfARealModel) {
  const std::filesystem::path file = shared_data() / "mnist" / "mlp_784_512_10.onnx";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not there";
  const json model = json_of("import --json --batch 3 '" + file.string() + "'");
  // One image: 784 * 512 + 512 * 10 multiplications.
  EXPECT_EQ(model["total_macs"], 3 * (784 * 512 + 512 * 10));
  EXPECT_EQ(model["total_parameters"], 784 * 512 + 512 + 512 * 10 + 10);
  EXPECT_EQ(model["layers"][0]["m"], 3);
  EXPECT_EQ(model["layers"][0]["k"], 784);
  EXPECT_EQ(model["layers"][0]["n"], 512);
  EXPECT_EQ(model["coverage"]["macs"], 1.0);
}

TEST(Import, RefusesMissingFilesAndOtherEndings) {
  EXPECT_EQ(systerm("import /nonexistent/model.onnx").status, 1);
  const Outcome outcome = systerm("import model.pt", true);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output, HasSubstr(".onnx"));
}

TEST(Check, AcceptsEveryShippedExperiment) {
  for (const char* folder : {"experiments", "published"}) {
    const std::filesystem::path root =
        std::filesystem::path(SYSTERM_SOURCE_DIR) / "configs" / folder;
    for (const auto& file : std::filesystem::directory_iterator(root)) {
      const Outcome outcome = systerm("check '" + file.path().string() + "'", true);
      EXPECT_EQ(outcome.status, 0) << file.path() << "\n" << outcome.output;
    }
  }
}

TEST(Check, SummarisesAndAppliesOverrides) {
  const std::string file = write_experiment("inline_gemm", kOneGemm);
  EXPECT_THAT(systerm("check '" + file + "'", true).output, HasSubstr("ok: inline_gemm"));
  const json plain = json_of("check --json '" + file + "'");
  const json changed = json_of("check --json --set design.array.rows=32 '" + file + "'");
  EXPECT_EQ(plain["ok"], true);
  EXPECT_NE(plain["configuration_hash"], changed["configuration_hash"]);
}

TEST(Check, ReportsEveryErrorAtOnce) {
  const std::string file =
      write_experiment("two_errors", std::string(kOneGemm) + "colour: red\nrun: {seed: many}\n");
  const Outcome outcome = systerm("check --json '" + file + "'");
  EXPECT_EQ(outcome.status, 1);
  const json report = json::parse(outcome.output, nullptr, false);
  EXPECT_EQ(report["ok"], false);
  ASSERT_EQ(report["errors"].size(), 2U) << outcome.output;
  EXPECT_EQ(report["errors"][0]["line"], 5);
  EXPECT_EQ(report["errors"][1]["path"], "run.seed");
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

TEST(Run, TheSameExperimentTwiceGivesTheSameBytes) {
  const std::string file = write_experiment(
      "repeated", std::string(kOneGemm) + "baseline: {precision: {default: {format: uniform}}}\n" +
                      "run: {fidelity: data, verify: true}\n");
  const std::filesystem::path first = testing::TempDir() + "systerm_cli_first";
  const std::filesystem::path second = testing::TempDir() + "systerm_cli_second";
  EXPECT_EQ(systerm("run '" + file + "' --out '" + first.string() + "'").status, 0);
  EXPECT_EQ(systerm("run '" + file + "' --out '" + second.string() + "'").status, 0);
  for (const char* name : {"result.json", "layers.csv", "experiment.yaml"}) {
    EXPECT_FALSE(text_of(first / name).empty()) << name;
    EXPECT_EQ(text_of(first / name), text_of(second / name)) << name;
  }
  // The effective configuration is an experiment that gives the same result.
  const json again = json_of("run --json '" + (first / "experiment.yaml").string() + "'");
  EXPECT_EQ(again, json::parse(text_of(first / "result.json")));
}

TEST(Run, PrintsATableWithTheBaselineAndTheStalls) {
  const std::string file = write_experiment(
      "table", std::string(kOneGemm) + "baseline: {precision: {default: {format: uniform}}}\n");
  const Outcome outcome = systerm("run '" + file + "'", true);
  EXPECT_EQ(outcome.status, 0);
  for (const char* part : {"speed-up over the baseline", "skew", "utilisation", "synthetic"}) {
    EXPECT_THAT(outcome.output, HasSubstr(part));
  }
  // No progress line in a pipe.
  EXPECT_EQ(outcome.output.find('\r'), std::string::npos);
}

TEST(Run, SaysWhatDoesNotFitAndWhatWouldHelp) {
  const std::string file =
      write_experiment("small_buffer", "workload: {gemms: [{name: a, m: 4, k: 4096, n: 128}]}\n");
  const Outcome outcome =
      systerm("run --set 'design.weight_buffer.size=1 KiB' '" + file + "'", true);
  EXPECT_EQ(outcome.status, 1) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("weight_buffer"));
}

TEST(Run, WritesNothingWhenItFails) {
  const std::filesystem::path out = testing::TempDir() + "systerm_cli_failed";
  std::filesystem::remove_all(out);
  const std::string file =
      write_experiment("failing", std::string(kOneGemm) +
                                      "precision: {layers: [{match: nowhere, format: uniform}]}\n");
  const Outcome outcome = systerm("run --out '" + out.string() + "' '" + file + "'", true);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output, HasSubstr("'nowhere'"));
  EXPECT_FALSE(std::filesystem::exists(out / "result.json"));
}

const std::string kDigits = SYSTERM_SOURCE_DIR "/configs/experiments/digits.yaml";

TEST(Evaluate, GivesAccuracyOfTheShippedDigitsWithoutAnyDownload) {
  const json all = json_of("evaluate --json --samples 0 '" + kDigits + "'");
  EXPECT_EQ(all["samples"], 1000);
  EXPECT_GE(all["float"]["top1"], 0.99);
  EXPECT_GE(all["top1"], 0.98);
  EXPECT_GE(all["agreement"], 0.98);
  EXPECT_GT(all["sqnr_db"], 20.0);
  ASSERT_EQ(all["layers"].size(), 5U);
  EXPECT_GT(all["layers"][0]["sqnr_db"], 20.0);
  // The same bytes whatever the number of threads.
  EXPECT_EQ(json_of("evaluate --json --samples 0 --threads 1 '" + kDigits + "'"), all);
  const Outcome text = systerm("evaluate '" + kDigits + "'");
  EXPECT_THAT(text.output, HasSubstr("conv1"));
  EXPECT_THAT(text.output, HasSubstr("100 samples; agreement"));
}

TEST(Evaluate, HonoursItsOwnOptionsBesideSetWhicheverComesFirst) {
  const std::string file = "'" SYSTERM_SOURCE_DIR "/configs/experiments/digits.yaml' --json ";
  const std::string set = " --set precision.default.group_budget=16 ";
  for (const std::string& options : {"--samples 30" + set, set + "--samples 30"}) {
    EXPECT_EQ(json_of("evaluate " + file + options)["samples"], 30) << options;
  }
}

TEST(Evaluate, PutsAccuracyBesideCyclesInOneTable) {
  const std::string csv = testing::TempDir() + "systerm_cli_curve.csv";
  const Outcome outcome =
      systerm("evaluate '" + kDigits + "' --group-budgets 2,12 --data-terms 3 --csv '" + csv + "'");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.output, HasSubstr("k 12 s 3"));
  EXPECT_THAT(outcome.output, HasSubstr("baseline"));
  EXPECT_THAT(text_of(csv), testing::StartsWith("label,group_budget,data_terms,top1"));
}

TEST(Evaluate, DrawsAccuracyAndCostsOverBudgets) {
  const std::string picture = testing::TempDir() + "systerm_cli_curve.svg";
  const std::string curve = "evaluate '" + kDigits + "' --group-budgets 2,12 --plot ";
  EXPECT_EQ(systerm(curve + "'" + picture + "'").status, 0);
  EXPECT_THAT(text_of(picture), HasSubstr("top-1 (%)"));
  EXPECT_THAT(text_of(picture), HasSubstr("energy a sample (uJ)"));
  EXPECT_THAT(systerm(curve + "curve.pdf", true).output,
              HasSubstr("'curve.pdf' ends neither in .svg nor in .png"));
  EXPECT_THAT(systerm("evaluate '" + kDigits + "' --plot '" + picture + "'", true).output,
              HasSubstr("give --group-budgets or --data-terms"));
}

TEST(Evaluate, StoredScalesGiveTheSameAndAreRefusedElsewhere) {
  const std::string file = testing::TempDir() + "systerm_cli_scales.yaml";
  json first = json_of("evaluate --json --save-calibration '" + file + "' '" + kDigits + "'");
  const std::string stored = "--set 'calibration={file: " + file + "}' ";
  json again = json_of("evaluate --json " + stored + "'" + kDigits + "'");
  first.erase("provenance");
  again.erase("provenance");
  EXPECT_EQ(again, first);
  const Outcome other = systerm(
      "evaluate " + stored + "--set precision.default.group_budget=5 '" + kDigits + "'", true);
  EXPECT_EQ(other.status, 1);
  EXPECT_THAT(other.output, HasSubstr("belongs_to: these scales are not those"));
}

TEST(Evaluate, SaysWhatIsWrongWithItsData) {
  const auto fails = [](const std::string& options, const std::string& message) {
    const Outcome outcome = systerm("evaluate '" + kDigits + "' " + options, true);
    EXPECT_EQ(outcome.status, 1) << options;
    EXPECT_THAT(outcome.output, HasSubstr(message)) << options;
  };
  fails("--data /nonexistent.npy", "workload.data: no such file");
  fails("--samples 1001", "holds 1000");
  fails("--first-sample 1000", "workload.first_sample 1000");
  fails("--labels '" SYSTERM_SOURCE_DIR "/README.md'", "neither an NPY, an NPZ nor an IDX file");
  fails("--data '" SYSTERM_SOURCE_DIR "/configs/data/digits/labels.npy'", "do not fit");
  fails("--samples many", "workload.samples: expected an integer");
}

TEST(Budgets, WritesAPlanThatAnExperimentIncludes) {
  const std::string plan = testing::TempDir() + "systerm_cli_plan.yaml";
  const json found =
      json_of("budgets --json --target-loss 1 --group-budgets 4,12 --data-terms 3 --out '" + plan +
              "' '" + kDigits + "'");
  EXPECT_LE(found["loss"], 0.01);
  EXPECT_EQ(found["layers"].size(), 3U);
  const json included = json_of("evaluate --json --no-layers --set 'precision={include: " + plan +
                                "}' '" + kDigits + "'");
  EXPECT_NEAR(included["float"]["top1"].get<double>() - included["top1"].get<double>(),
              found["loss"].get<double>(), 1e-9);
  EXPECT_EQ(systerm("budgets '" + kDigits + "'").status, 2);
  const Outcome impossible =
      systerm("budgets --target-cycles 1 --group-budgets 12 '" + kDigits + "'", true);
  EXPECT_EQ(impossible.status, 1);
  EXPECT_THAT(impossible.output, HasSubstr("even the tightest budgets take"));
}

TEST(Describe, DrawsADesignByNameAndTheDesignOfAnExperiment) {
  const std::string dot = testing::TempDir() + "systerm_cli_design.dot";
  const json by_name = json_of("describe --json tq_64x128 --dot '" + dot + "'");
  EXPECT_EQ(by_name["address_map"][0]["bytes"], std::int64_t{4} << 30);
  EXPECT_EQ(by_name["address_map"][2]["base"], 4);
  std::ifstream file(dot);
  std::string first;
  std::getline(file, first);
  EXPECT_EQ(first, "digraph \"tq_64x128\" {");
  const std::string experiment = write_experiment("described", kOneGemm);
  EXPECT_EQ(json_of("describe --json '" + experiment + "'"), by_name);
}

TEST(Describe, RefusesUnknownDesigns) { EXPECT_EQ(systerm("describe tq_64x129").status, 1); }

TEST(Program, TellsWrongUsageFromFailure) {
  EXPECT_EQ(systerm("").status, 2);
  EXPECT_EQ(systerm("fly").status, 2);
  EXPECT_EQ(systerm("check").status, 2);
  EXPECT_EQ(systerm("check /nonexistent.yaml").status, 1);
  EXPECT_EQ(systerm("--version").status, 0);
  const std::string malformed = testing::TempDir() + "systerm_cli_malformed.yaml";
  std::ofstream(malformed) << "systerm: [1\nname: }{\n";
  const Outcome outcome = systerm("check '" + malformed + "'", true);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output, HasSubstr(malformed + ":"));
}

TEST(Program, EveryVerbHasHelpWithAnExample) {
  for (const char* verb :
       {"run", "evaluate", "budgets", "check", "describe", "list", "import", "encode"}) {
    const Outcome outcome = systerm(std::string(verb) + " --help");
    EXPECT_EQ(outcome.status, 0) << verb;
    EXPECT_THAT(outcome.output, HasSubstr(std::string("  systerm ") + verb));
    EXPECT_THAT(outcome.output, HasSubstr("JSON keys"));
  }
}

TEST(Program, FailsIfItsOutputCannotBeWritten) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  EXPECT_EQ(systerm("list > /dev/full").status, 1);
}

}  // namespace
}  // namespace systerm
