// SPDX-License-Identifier: Apache-2.0
// What changes with the memory: stalls by cause between standards and between mappings.
#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"
#include "tests/model/simulation/program_vocabulary.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

/// A vector times a matrix: every weight is used once, so the memory decides.
Json run(const std::string& dram, const std::string& fidelity = "timing",
         const std::string& workload = "{gemms: [{name: a, m: 1, k: 4096, n: 2048}]}") {
  const std::string text = fmt::format(R"(systerm: 1
name: bank_timing
design: {{base: tq_64x128, dram: {{{}}}}}
workload: {}
precision: {{default: {{format: uniform, group_size: 8}}}}
run: {{fidelity: {}, verify: {}}}
)",
                                       dram, workload, fidelity, fidelity == "data");
  return IsolatedRun([&] {
           const Experiment parsed = experiment(text);
           return run_plan(parsed, parsed.precision, {});
         })
      .wait();
}

std::int64_t cycles(const Json& result) { return result["total"]["cycles"]; }
std::int64_t waits_for_memory(const Json& result) {
  const Json& stalls = result["total"]["stalls"];
  return stalls["weight_memory"].get<std::int64_t>() + stalls["data_memory"].get<std::int64_t>();
}
std::int64_t statistic(const Json& result, const std::string& name) {
  for (const Json& each : result["units"]) {
    if (each["unit"] == "dram" && each["name"] == name) return each["value"];
  }
  return -1;
}

// Peak of the data buses: 6.4, 12.8, 19.2 and 32 GB/s.
TEST(BankTiming, FasterStandardsStallLess) {
  std::int64_t before = std::numeric_limits<std::int64_t>::max();
  for (const std::string preset : {"lpddr4_3200", "ddr3_1600", "ddr4_2400", "hbm2"}) {
    const Json result = run(fmt::format("preset: {}, mapping: pci, queue_depth: 16", preset));
    EXPECT_LT(waits_for_memory(result), before) << preset;
    before = waits_for_memory(result);
    // No more than the bus can carry, and bursts as whole as the accesses.
    const std::int64_t bytes = result["total"]["bytes"]["dram"]["read"];
    EXPECT_GT(result["total"]["seconds"].get<double>(), static_cast<double>(bytes) / 32e9);
  }
}

// In one bank, or in banks of one group, bursts are CCD_L apart (6 cycles), over bank groups CCD_S
// (4).
TEST(BankTiming, StreamsOverBankGroupsAreFasterThanInOneBank) {
  const Json one_bank = run("preset: ddr4_2400, mapping: brc");
  const Json groups = run("preset: ddr4_2400, mapping: bgi");
  EXPECT_GT(waits_for_memory(one_bank), waits_for_memory(groups) * 5 / 4);
  EXPECT_EQ(one_bank["total"]["bytes"], groups["total"]["bytes"]);
  EXPECT_EQ(statistic(one_bank, "read_bursts"), statistic(groups, "read_bursts"));
}

TEST(BankTiming, ClosedRowsAndRefreshCostTime) {
  const Json open = run("preset: ddr4_2400");
  const Json closed = run("preset: ddr4_2400, page_policy: closed");
  const Json unrefreshed = run("preset: ddr4_2400, refresh: false");
  EXPECT_GT(cycles(closed), cycles(open));
  EXPECT_EQ(statistic(closed, "row_hits"), 0);
  // A refresh may close a row before its burst.
  EXPECT_GE(statistic(closed, "activates"),
            statistic(closed, "read_bursts") + statistic(closed, "write_bursts"));
  EXPECT_LT(cycles(unrefreshed), cycles(open));
  EXPECT_EQ(statistic(unrefreshed, "refreshes"), 0);
  EXPECT_GT(statistic(open, "refreshes"), 0);
}

/// Cycles of the data buses in which no data moved, by what they were lost to, without the waits
/// for requests: shares of all bus cycles.
std::map<std::string, double> losses(const Json& part) {
  double sum = 0.0;
  for (const auto& [use, cycles] : part["dram"]["bus_cycles"].items()) sum += cycles.get<double>();
  std::map<std::string, double> shares;
  for (const auto& [use, cycles] : part["dram"]["bus_cycles"].items()) {
    if (use != "data" && use != "no_request") shares[use] = cycles.get<double>() / sum;
  }
  return shares;
}

std::string largest_loss(const Json& result) {
  const auto shares = losses(result["total"]);
  return std::ranges::max_element(shares, {}, [](const auto& each) { return each.second; })->first;
}

TEST(BankTiming, TheResultSaysWhatTheMemoryLostItsCyclesTo) {
  EXPECT_EQ(largest_loss(run("preset: ddr4_2400, mapping: brc")), "column_spacing");
  EXPECT_EQ(largest_loss(run("preset: ddr4_2400, page_policy: closed")), "precharge");
  // No bank groups: nothing is lost between bursts to one bank, and refreshes are left.
  EXPECT_EQ(largest_loss(run("preset: ddr3_1600, mapping: bgi")), "refresh");
  const auto groups = losses(run("preset: ddr4_2400, mapping: bgi")["total"]);
  const auto one_bank = losses(run("preset: ddr4_2400, mapping: brc")["total"]);
  EXPECT_LT(groups.at("column_spacing"), one_bank.at("column_spacing") / 4);
  EXPECT_EQ(losses(run("preset: ddr4_2400, refresh: false")["total"])["refresh"], 0.0);
}

TEST(BankTiming, UsesOfTheBusAddUpToItsCycles) {
  for (const std::string preset : {"ddr4_2400", "hbm2"}) {
    const Json result = run("preset: " + preset, "timing", "{network: lenet5}");
    std::map<std::string, std::int64_t> layers;
    for (const Json& layer : result["layers"]) {
      for (const auto& [use, cycles] : layer["dram"]["bus_cycles"].items()) {
        layers[use] += cycles.get<std::int64_t>();
      }
    }
    std::int64_t sum = 0;
    for (const auto& [use, cycles] : result["total"]["dram"]["bus_cycles"].items()) {
      EXPECT_EQ(layers[use], cycles) << use;
      EXPECT_EQ(statistic(result, "bus_" + use + "_cycles"), cycles) << use;
      sum += cycles.get<std::int64_t>();
    }
    const std::int64_t buses = preset == "hbm2" ? 2 : 1;
    // Of 2 ns and of 1 or 0.833 ns, in fs.
    const std::int64_t time = result["total"]["cycles"].get<std::int64_t>() * 2'000'000;
    EXPECT_EQ(sum, buses * (time / (preset == "hbm2" ? 1'000'000 : 833'000))) << preset;
  }
}

TEST(BankTiming, DataArriveUnchangedAndAtTheSameTimes) {
  const std::string dram = "preset: lpddr5_6400, mapping: bgi, write_batching: watermark";
  const Json data = run(dram, "data", "{network: lenet5}");
  const Json timing = run(dram, "timing", "{network: lenet5}");
  EXPECT_EQ(data["verification"]["mismatches"], 0);
  EXPECT_EQ(cycles(data), cycles(timing));
  for (const char* name : {"activates", "read_bursts", "write_bursts", "row_hits"}) {
    EXPECT_EQ(statistic(data, name), statistic(timing, name)) << name;
  }
}

}  // namespace
}  // namespace systerm
