// SPDX-License-Identifier: Apache-2.0
// Energy and area of whole runs: they add up, go the right way, and say where they come from.
#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "components/cost/price_list.h"
#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"
#include "tests/model/simulation/program_vocabulary.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

constexpr const char* kNetwork = "network: resnet20";

std::string text(const std::string& design, const std::string& workload = kNetwork,
                 const std::string& precision =
                     "{format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}") {
  return fmt::format(R"(systerm: 1
name: energy
design: {{base: tq_64x128{}{}}}
workload: {{{}}}
precision: {{default: {}}}
run: {{fidelity: timing}}
)",
                     design.empty() ? "" : ", ", design, workload, precision);
}

Json run(const std::string& experiment_text) {
  return IsolatedRun([&] {
           const Experiment parsed = experiment(experiment_text);
           return run_plan(parsed, parsed.precision, {});
         })
      .wait();
}

double sum(const Json& values) {
  double total = 0.0;
  for (const auto& [key, value] : values.items()) total += value.get<double>();
  return total;
}

double energy(const Json& result, const char* unit) { return result["total"]["energy_pj"][unit]; }
double area(const Json& result, const char* unit) { return result["area_mm2"][unit]; }

void expect_parts_are_the_whole(const Json& part) {
  EXPECT_EQ(sum(part["energy_pj"]), part["energy_total_pj"].get<double>());
  EXPECT_EQ(part["energy_dynamic_pj"].get<double>() + part["energy_static_pj"].get<double>(),
            part["energy_total_pj"].get<double>());
  for (const auto& [unit, events] : part["energy_events_pj"].items()) {
    EXPECT_EQ(sum(events), part["energy_pj"][unit].get<double>()) << unit;
  }
}

TEST(Energy, ThePartsAreTheWholeToTheLastDigit) {
  const Json result = run(text(""));
  expect_parts_are_the_whole(result["total"]);
  double layers = 0.0;
  for (const Json& layer : result["layers"]) {
    expect_parts_are_the_whole(layer);
    layers += layer["energy_total_pj"].get<double>();
  }
  EXPECT_EQ(layers, result["total"]["energy_total_pj"].get<double>());
  for (const auto& [unit, value] : result["total"]["energy_pj"].items()) {
    double of_layers = 0.0;
    for (const Json& layer : result["layers"]) of_layers += layer["energy_pj"][unit].get<double>();
    EXPECT_EQ(of_layers, value.get<double>()) << unit;
  }
  EXPECT_EQ(sum(result["area_mm2"]), result["area_total_mm2"].get<double>());
}

// The whole of one unit by hand: every counter times its price.
TEST(Energy, IsCountTimesPriceOfTheCountersOfTheRun) {
  const Json result = run(text("", "gemms: [{name: a, m: 64, k: 512, n: 128}]"));
  std::map<std::string, double> counters;
  for (const Json& statistic : result["units"]) {
    counters[statistic["unit"].get<std::string>() + "." + statistic["name"].get<std::string>()] =
        statistic["value"];
  }
  for (const Json& price : result["technology"]["prices"]) {
    const std::string unit = price["unit"];
    const std::string event = price["event"];
    EXPECT_NEAR(result["total"]["energy_events_pj"][unit][event].get<double>(),
                counters.at(unit + "." + event) * price["pj"].get<double>(), 0.001)
        << unit << "." << event;
  }
  EXPECT_EQ(counters.at("array.coefficient_hop"), 64 * 64 * 128);
  EXPECT_EQ(counters.at("array.data_term"), 64 * 64 * 128 * 8 * 3);
  EXPECT_EQ(counters.at("array.conversion"), 64 * 128);
  EXPECT_EQ(counters.at("array.clock"), 64 * 64 * 128 * 36);
  EXPECT_EQ(counters.at("encoder.values_encoded"), 64 * 512);
  EXPECT_EQ(counters.at("encoder.values_compared"), 64 * 512);
  EXPECT_EQ(counters.at("accumulators.additions"), 64 * 128);
  EXPECT_EQ(counters.at("accumulators.sums_delivered"), 64 * 128);
  EXPECT_EQ(counters.at("vector_unit.multiplications"), 2 * 64 * 128);
  EXPECT_EQ(counters.at("data_buffer.words_read"), 64 * 512 / 16);
  EXPECT_EQ(counters.at("data_buffer.words_written"), 64 * 512 / 16);
  EXPECT_EQ(counters.at("precision_controller.writes"), 2);
  // 7 descriptors of a GEMM layer without operands, less the operand DMA's.
  EXPECT_EQ(counters.at("command_processor.descriptors_sent"), 6);
  // 20 + 12 x (3 + 1 + 1) bits and more a group; 64 rows move up to 64 steps.
  EXPECT_EQ(
      static_cast<std::int64_t>(counters.at("weight_loader.bits_shifted")) % (128 * 64 * 65 / 2),
      0);
}

TEST(Energy, LargerBuffersHotterChipsAndOlderNodesCostMore) {
  const Json base = run(text(""));
  const Json large = run(text("data_buffer: {size: 8 MiB}"));
  EXPECT_GT(energy(large, "data_buffer"), energy(base, "data_buffer"));
  EXPECT_GT(area(large, "data_buffer"), area(base, "data_buffer"));
  const Json hot = run(text("technology: {temperature: 350 K}"));
  EXPECT_GT(hot["total"]["energy_static_pj"], base["total"]["energy_static_pj"]);
  EXPECT_EQ(hot["total"]["energy_dynamic_pj"], base["total"]["energy_dynamic_pj"]);
  const Json small = run(text("technology: {node: 22 nm}"));
  for (const char* unit : {"array", "data_buffer", "encoder", "vector_unit", "accumulators"}) {
    EXPECT_LT(energy(small, unit), energy(base, unit)) << unit;
    EXPECT_LT(area(small, unit), area(base, unit)) << unit;
  }
  const Json big_array = run(text("array: {rows: 128}"));
  EXPECT_NEAR(area(big_array, "array"), 2.0 * area(base, "array"), 1e-6);
}

TEST(Energy, IsNotReportedWithoutATechnology) {
  std::string without = text("");
  // A design of its own keys alone has no technology.
  without.replace(without.find("{base: tq_64x128}"), 17, "{name: bare}");
  const Json result = run(without);
  EXPECT_FALSE(result["total"].contains("energy_pj"));
  EXPECT_FALSE(result.contains("technology"));
}

TEST(Energy, AMissingPriceStopsTheRunBeforeItStarts) {
  const std::string design =
      "technology: {base: [cacti7_sram, dram], node: 45 nm, voltage: 0.9 V, memory: sram_lstp, "
      "dram: flat_horowitz}";
  const Experiment parsed = experiment(text(design));
  try {
    check_fits(parsed);
    FAIL() << "events without a price went unnoticed";
  } catch (const PriceError& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("unit array, event term_pair: no price; add operations.int_add"));
  }
  EXPECT_THROW(run_plan(parsed, parsed.precision, {}), PriceError);
}

TEST(Energy, EveryNumberUsedHasItsOrigin) {
  for (const char* technology : {"horowitz_45nm", "aladdin_40nm", "tpuv4i_7nm"}) {
    const Json result = run(text(fmt::format("technology: {}", technology)));
    ASSERT_FALSE(result["technology"]["provenance"].empty());
    for (const Json& entry : result["technology"]["provenance"]) {
      EXPECT_FALSE(entry["source"].get<std::string>().empty()) << entry;
      EXPECT_FALSE(entry["includes"].get<std::string>().empty()) << entry;
      EXPECT_FALSE(entry["confidence"].get<std::string>().empty()) << entry;
      EXPECT_GT(entry["used"].get<double>(), 0.0) << entry;
    }
    for (const Json& price : result["technology"]["prices"]) {
      EXPECT_GT(price["pj"].get<double>(), 0.0) << price;
    }
  }
}

TEST(Energy, UnknownAreasAndLeakagesAreNamed) {
  const Json result = run(text("technology: tpuv4i_7nm"));
  const std::string unknown = result["technology"]["unknown"].dump();
  EXPECT_THAT(unknown, HasSubstr("add areas to operations.int_add"));
  EXPECT_THAT(unknown, HasSubstr("add leakages to memories.sram_tpuv4i"));
  EXPECT_TRUE(run(text(""))["technology"]["unknown"].empty());
}

// What docs/energy.md shows: numbers from synthesis in one file, by the name of the event.
TEST(Energy, AUsersTableOverridesByName) {
  const std::filesystem::path file =
      std::filesystem::path(testing::TempDir()) / "my_synthesis.yaml";
  std::ofstream(file) << R"(systerm: 1
base: horowitz_45nm
node: 28 nm
events:
  array.term_pair:
    energy: 11 fJ
    node: 28 nm
    voltage: 0.9 V
    includes: exponent adder, coefficient counter and their flip-flops, post-layout
    source: synthesis of our tMAC, run 17
    confidence: measured
operations:
  register:
    family: own
    node: 28 nm
    voltage: 0.9 V
    width_exponent: 1
    includes: flip-flop of our library that takes a new value
    source: characterisation of our library
    confidence: measured
    points: [{width: 1, energy: 1.2 fJ, area: 2.1 um2}]
    area_origin: {includes: flip-flop, source: our library, confidence: measured}
)";
  const Json result = run(text("technology: " + file.string()));
  std::filesystem::remove(file);
  EXPECT_EQ(result["technology"]["name"], "my_synthesis");
  double pair = 0.0;
  for (const Json& price : result["technology"]["prices"]) {
    if (price["event"] == "term_pair") pair = price["pj"];
    if (price["event"] == "data_term") {
      EXPECT_NEAR(price["pj"].get<double>(), 5 * 0.0012, 1e-12);
    }
  }
  EXPECT_EQ(pair, 0.011);
  EXPECT_THAT(result["technology"]["provenance"].dump(), HasSubstr("synthesis of our tMAC"));
}

TEST(Energy, CalibratedNumbersSaySo) {
  const Json plain = run(text(""));
  const Json calibrated = run(text("technology: horowitz_45nm_tq"));
  EXPECT_EQ(plain["technology"]["calibrated"], false);
  EXPECT_EQ(calibrated["technology"]["calibrated"], true);
  ASSERT_EQ(calibrated["technology"]["calibration"].size(), 1U);
  const double factor = calibrated["technology"]["calibration"][0]["factor"];
  EXPECT_NEAR(calibrated["total"]["energy_events_pj"]["array"]["clock"].get<double>(),
              factor * plain["total"]["energy_events_pj"]["array"]["clock"].get<double>(), 1.0);
  EXPECT_EQ(calibrated["total"]["energy_events_pj"]["array"]["term_pair"],
            plain["total"]["energy_events_pj"]["array"]["term_pair"]);
}

TEST(Energy, AnExternalMemoryHasNoPriceAndTheResultSaysSo) {
  const Json result =
      IsolatedRun([] {
        const Experiment parsed = experiment(text(""));
        return run_plan(parsed, parsed.precision, {},
                        [](Accelerator& top, Dram& dram) { top.memory_socket().bind(dram.port); });
      }).wait();
  EXPECT_FALSE(result["total"]["energy_pj"].contains("dram"));
  EXPECT_THAT(result["technology"]["unknown"].dump(), HasSubstr("an external memory"));
}

// Commands are counted with banks, bytes without.
TEST(Energy, OfDramBanksIsThatOfTheirCommandsAndStandby) {
  const Json result =
      run(text("dram: {preset: ddr4_2400}", "gemms: [{name: a, m: 64, k: 512, n: 128}]"));
  const Json& events = result["total"]["energy_events_pj"]["dram"];
  std::map<std::string, double> counters;
  for (const Json& statistic : result["units"]) {
    if (statistic["unit"] == "dram") counters[statistic["name"]] = statistic["value"];
  }
  // From its IDD currents: 8.78 and 7.79 pJ a bit of 512-bit bursts, 8.10 nJ
  // a row, 422 and 367 mW.
  EXPECT_NEAR(events["read_bursts"].get<double>(), counters["read_bursts"] * 8.78 * 512,
              counters["read_bursts"] * 3);
  EXPECT_NEAR(events["write_bursts"].get<double>(), counters["write_bursts"] * 7.79 * 512,
              counters["write_bursts"] * 3);
  EXPECT_NEAR(events["activates"].get<double>(), counters["activates"] * 8102.4,
              counters["activates"]);
  EXPECT_FALSE(events.contains("bytes_on_bus"));
  const double seconds = result["total"]["seconds"];
  const double standby = events["active_standby_cycles"].get<double>() +
                         events["precharge_standby_cycles"].get<double>();
  EXPECT_GT(standby, 0.95 * 367e9 * seconds);
  EXPECT_LT(standby, 1.01 * 423e9 * seconds);
  EXPECT_GE(result["total"]["energy_static_pj"].get<double>(), standby);
}

TEST(Energy, AnFmacPricesItsChunkProductsAndAdditions) {
  const auto energies = [](const char* precision) {
    IsolatedRun priced(
        [&] { return run(text("array: {cell: fmac, max_group_size: 16}", kNetwork, precision)); });
    return priced.wait()["total"]["energy_events_pj"]["array"];
  };
  const Json low =
      energies("{format: bfp, group_size: 8, weight_mantissa_bits: 2, data_mantissa_bits: 2}");
  const Json high = energies("{format: bfp, group_size: 8}");
  for (const char* event : {"chunk_product", "accumulation"}) {
    EXPECT_NEAR(high[event].get<double>(), 4 * low[event].get<double>(),
                1e-6 * high[event].get<double>());
  }
  EXPECT_EQ(high["exponent_sum"], low["exponent_sum"]);
}

TEST(Energy, EveryCellHasACompositionThatCanBePriced) {
  for (const char* cell : {"pmac", "bit_serial", "tmac", "bl_cell", "il_cell", "mx_cell"}) {
    const Json result = run(text(fmt::format("array: {{cell: {}}}", cell), kNetwork,
                                 "{format: uniform, group_size: 8}"));
    EXPECT_GT(result["total"]["energy_events_pj"]["array"]["clock"].get<double>(), 0.0) << cell;
  }
}

}  // namespace
}  // namespace systerm
