// SPDX-License-Identifier: Apache-2.0
// What banks, ports and memories of the buffers do to a whole run.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/mapping/mapping_error.h"
#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"
#include "tests/model/simulation/program_vocabulary.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

std::string text(const std::string& design, const std::string& workload, const std::string& run) {
  return fmt::format(R"(systerm: 1
name: buffers
design: {{base: {}}}
workload: {}
precision: {{default: {{format: uniform, group_size: 8}}}}
run: {}
)",
                     design, workload, run);
}

Json run(const std::string& experiment_text) {
  return IsolatedRun([&] {
           const Experiment parsed = experiment(experiment_text);
           return run_plan(parsed, parsed.precision, {});
         })
      .wait();
}

constexpr const char* kTiming = "{fidelity: timing}";

// 256 channels in blocks of 128: on an even number of vectors the two blocks lie in the same banks,
// and 16 banks of 16 B take two cycles a vector more than 49 to work in. Wide banks conflict less.
TEST(BankConflicts, ShowAsAStallWhereTheArrayIsFasterThanTheBuffer) {
  const std::string workload = "{gemms: [{name: a, m: 512, k: 512, n: 128}]}";
  const auto narrow = [&](const char* banks) {
    return run(text(fmt::format("pmac_64x128, data_buffer: {{banks: {}}}", banks), workload,
                    kTiming))["total"];
  };
  const Json conflicting = narrow("16, bank_width: 16 B, interleave: 4 KiB");
  const Json interleaved = narrow("16, bank_width: 16 B");
  EXPECT_GT(conflicting["stalls"]["bank_conflict"], 0);
  EXPECT_GT(conflicting["cycles"], interleaved["cycles"]);
  EXPECT_EQ(conflicting["busy"], interleaved["busy"]);
}

TEST(SharedPorts, AreSlowerThanOnesOfTheirOwn) {
  const std::string workload = "{network: resnet20, batch: 2}";
  const std::string data = "{fidelity: data, verify: true}";
  const Json own = run(text("pmac_64x128, data_buffer: {banks: 1}", workload, data));
  const Json shared = run(text("pmac_64x128, data_buffer: {banks: 1, ports: 1}", workload, data));
  EXPECT_GE(shared["total"]["cycles"], own["total"]["cycles"]);
  EXPECT_EQ(shared["verification"]["mismatches"], 0);
}

std::string edram(const std::string& keys) {
  return fmt::format(
      "tq_64x128, data_buffer: {{memory: edram, edram: {{{}}}}}, "
      "technology: {{memory_of: {{data_buffer: {{memory: edram_cacti}}}}}}",
      keys);
}

const Json& of_data_buffer(const Json& result) { return result["edram"][0]; }

constexpr const char* kNetwork = "{network: resnet20, batch: 2}";

TEST(EdramBuffer, CountsWhatOutlivesItsCells) {
  const Json result = run(text(edram("retention: 2 us, refresh: none"), kNetwork, kTiming));
  const Json& report = of_data_buffer(result);
  EXPECT_EQ(report["unit"], "data_buffer");
  EXPECT_EQ(report["retention_cycles"], 1000);
  EXPECT_EQ(report["refreshes"], 0);
  EXPECT_GT(report["violations"], 0);
  EXPECT_GT(report["longest_lifetime_cycles"], 1000);
  EXPECT_EQ(report["worst_rows"][0]["lifetime_cycles"], report["longest_lifetime_cycles"]);
  // Data that live shorter than their cells need no refresh.
  const Json cool = run(text(edram("retention: 10 ms, refresh: none"), kNetwork, kTiming));
  EXPECT_EQ(of_data_buffer(cool)["violations"], 0);
  EXPECT_EQ(of_data_buffer(cool)["lifetimes"], report["lifetimes"]);
  EXPECT_EQ(cool["total"]["cycles"], result["total"]["cycles"]);
}

TEST(EdramBuffer, RefreshesLessTheMoreItKnowsAboutItsData) {
  const auto refreshes = [](const std::string& policy) {
    const Json result = run(text(edram("retention: 20 us, refresh: " + policy), kNetwork, kTiming));
    EXPECT_EQ(of_data_buffer(result)["violations"], 0) << policy;
    return of_data_buffer(result)["refreshes"].get<std::int64_t>();
  };
  const std::int64_t all = refreshes("periodic");
  const std::int64_t enabled = refreshes("per_bank");
  const std::int64_t aware = refreshes("lifetime_aware");
  EXPECT_GT(all, enabled);
  EXPECT_GT(enabled, aware);
}

TEST(EdramBuffer, AShorterRetentionNeedsMoreRefreshesAndTime) {
  const auto at = [](const std::string& temperature) {
    return run(
        text(edram("retention: 100 us, retention_temperature: 45, temperature: " + temperature),
             kNetwork, "{fidelity: data, verify: true}"));
  };
  const Json cool = at("45");
  const Json hot = at("85");
  EXPECT_EQ(hot["verification"]["mismatches"], 0);
  EXPECT_EQ(of_data_buffer(hot)["retention_cycles"], 50000 / 16);
  EXPECT_GT(of_data_buffer(hot)["refreshes"], of_data_buffer(cool)["refreshes"]);
  EXPECT_GE(hot["total"]["cycles"], cool["total"]["cycles"]);
}

TEST(EdramBuffer, RefusesARetentionShorterThanABeat) {
  const Experiment parsed =
      experiment(text(edram("retention: 80 ns, refresh: none"), kNetwork, kTiming));
  try {
    run_plan(parsed, parsed.precision, {});
    FAIL();
  } catch (const MappingError& error) {
    EXPECT_THAT(
        error.what(),
        HasSubstr("data_buffer.edram: at 85 degrees a row keeps its data for 40 cycles, but a "
                  "beat of layer 'conv1' and 21 more takes 392; increase "
                  "data_buffer.edram.retention"));
  }
}

}  // namespace
}  // namespace systerm
