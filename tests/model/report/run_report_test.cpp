// SPDX-License-Identifier: Apache-2.0
// The static report of a run; browser tests look at the interactive one.
#include "model/report/run_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/report/result_tables.h"

namespace systerm {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::ordered_json;

Json part(const std::string& name) {
  Json json = Json::parse(R"({"type": "linear", "format": "uniform", "m": 4, "k": 8, "n": 2,
    "groups": 1, "cycles": 100, "seconds": 2e-7, "macs": 64, "term_pairs": 100,
    "term_pair_bound": 3136, "utilisation": 0.5, "busy": 60, "stalls": {"skew": 40, "drain": 0},
    "vector_unit_cycles": 5, "bytes": {"dram": {"read": 64, "written": 8}}})");
  json["name"] = name;
  return json;
}

Json result() {
  Json json = Json::parse(R"({"experiment": "e", "design": "d", "network": "n",
    "fidelity": "timing", "clock_hz": 5e8, "samples": 1,
    "synthetic": {"weights": true, "data": true}, "provenance": {"program": "systerm 0", "seed": 1}})");
  json["total"] = part("");
  json["layers"] = Json::array({part("first"), part("</script><b>")});
  return json;
}

std::string page(const Json& json) {
  return run_report(json, {nullptr, "No design is known."}, ReportStyle::kStatic);
}

TEST(RunReport, SaysWhatMustBeKnownBeforeTheFigures) {
  const std::string html = page(result());
  EXPECT_THAT(html, HasSubstr("Weights are synthetic"));
  EXPECT_THAT(html, HasSubstr("No design is known."));
  EXPECT_THAT(html, HasSubstr("systerm 0"));
}

TEST(RunReport, ListsWhatWasNotModelled) {
  Json json = result();
  json["unmodelled"] = Json::parse(
      R"([{"name": "lstm_1", "type": "LSTM", "reason": "no unit runs it", "macs": 1234}])");
  const std::string html = page(json);
  EXPECT_THAT(html, HasSubstr("Not modelled"));
  EXPECT_THAT(html, HasSubstr("lstm_1"));
  EXPECT_THAT(html, HasSubstr("no unit runs it"));
  EXPECT_THAT(page(result()), Not(HasSubstr("Not modelled")));
}

TEST(RunReport, ShowsEnergyOnlyWhereThereIsSome) {
  Json json = result();
  EXPECT_THAT(page(json), Not(HasSubstr("Energy")));
  for (Json* each : {&json["total"], &json["layers"][0], &json["layers"][1]}) {
    (*each)["energy_pj"] = {{"array", 5.0}, {"dram", {{"dynamic", 2.0}, {"leakage", 1.0}}}};
  }
  EXPECT_THAT(page(json), HasSubstr("Energy by unit"));
}

TEST(RunReport, ShowsTheBaselineOnlyWhereThereIsOne) {
  Json json = result();
  EXPECT_THAT(page(json), Not(HasSubstr("Against the baseline")));
  json["baseline"] = {{"layers", json["layers"]}, {"total", json["total"]}};
  json["speedup"] = 1.0;
  EXPECT_THAT(page(json), HasSubstr("Against the baseline"));
}

TEST(RunReport, KeepsNamesAsText) {
  EXPECT_THAT(page(result()), Not(HasSubstr("</script><b>")));
  EXPECT_THAT(page(result()), HasSubstr("&lt;/script&gt;&lt;b&gt;"));
}

Json with_banks() {
  Json json = result();
  for (Json* each : {&json["total"], &json["layers"][0], &json["layers"][1]}) {
    (*each)["dram"] = Json::parse(R"({"bursts": 40, "row_hits": 36, "row_hit_rate": 0.9,
      "row_conflicts": 3, "refreshes": 1, "peak_share": 0.5, "bus_cycles": {"data": 50,
      "no_request": 5, "refresh": 0, "precharge": 0, "activate": 15, "turnaround": 0,
      "column_spacing": 30}})");
  }
  return json;
}

TEST(RunReport, SaysWhatTheMemoryLostItsCyclesTo) {
  EXPECT_THAT(page(result()), Not(HasSubstr("Why the memory gave less than its peak")));
  const std::string html = page(with_banks());
  EXPECT_THAT(html, HasSubstr("Why the memory gave less than its peak"));
  EXPECT_THAT(html, HasSubstr("50 %, column_spacing 30 %"));
  EXPECT_THAT(html, HasSubstr("90.0 % row hits"));
  EXPECT_THAT(html, HasSubstr("What the DRAM&#39;s data bus did"));
}

TEST(ResultTable, SaysWhatTheMemoryLostItsCyclesTo) {
  EXPECT_THAT(result_table(result()), Not(HasSubstr("DRAM bus")));
  const std::string text = result_table(with_banks());
  EXPECT_THAT(text, HasSubstr("DRAM bus: data 50.0 %, column_spacing 30.0 %, activate 15.0 %, "
                              "no_request 5.0 %; row hits 90.0 %, 3 row conflicts, 1 refreshes"));
  EXPECT_THAT(layers_csv(with_banks()),
              HasSubstr(",dram_row_hit_rate,dram_peak_share,dram_bus_data,dram_bus_no_request"));
}

TEST(ProblemOfResult, NamesWhatIsMissing) {
  EXPECT_EQ(problem_of_result(result()), "");
  Json json = result();
  json["layers"][1].erase("stalls");
  EXPECT_EQ(problem_of_result(json), "layers[1].stalls is missing");
  json = result();
  json.erase("total");
  EXPECT_EQ(problem_of_result(json), "'total' is missing");
  EXPECT_NE(problem_of_result(Json::array()), "");
}

}  // namespace
}  // namespace systerm
