// SPDX-License-Identifier: Apache-2.0
#include "components/cost/price_list.h"

#include <cmath>
#include <random>

#include <gmock/gmock.h>

#include "components/buffer/buffer_cost.h"
#include "components/cost/energy_account.h"
#include "components/cost/fpga_cost.h"
#include "components/dram/dram_cost.h"

namespace systerm {
namespace {

using testing::HasSubstr;

OperationEntry operation(const std::string& name, double exponent,
                         std::vector<OperationPoint> points) {
  OperationEntry entry;
  entry.name = name;
  entry.family = "test";
  entry.node_nm = 45;
  entry.voltage = 0.9;
  entry.width_exponent = exponent;
  entry.points = std::move(points);
  return entry;
}

Technology technology() {
  Technology result;
  result.name = "test";
  result.operations = {operation("int_add", 1, {{8, 0.03, 36}, {16, 0.05, 67}, {32, 0.1, 137}}),
                       operation("int_multiply", 2, {{8, 0.2, 282}})};
  result.leakage = LeakageRule{10.0, 300.0, 10.0, {}};
  return result;
}

UnitCost unit(const std::string& name, std::vector<EventCost> events) {
  UnitCost cost{name};
  cost.events = std::move(events);
  return cost;
}

double price(const Technology& technology, const Use& use) {
  return PriceList(technology, {unit("u", {{"e", {use}}})}).units()[0].events[0].pj;
}

TEST(PriceList, TakesWidthsAsTheyStandAndPowerLawsBetweenAndBeyond) {
  EXPECT_DOUBLE_EQ(price(technology(), LogicUse{"int_add", 8}), 0.03);
  EXPECT_DOUBLE_EQ(price(technology(), LogicUse{"int_add", 8, 3}), 0.09);
  EXPECT_DOUBLE_EQ(price(technology(), LogicUse{"int_add", 4}), 0.015);
  EXPECT_DOUBLE_EQ(price(technology(), LogicUse{"int_add", 64}), 0.2);
  EXPECT_NEAR(price(technology(), LogicUse{"int_add", std::sqrt(8.0 * 16.0)}),
              std::sqrt(0.03 * 0.05), 1e-12);
  EXPECT_DOUBLE_EQ(price(technology(), LogicUse{"int_multiply", 16}), 0.8);
}

TEST(PriceList, WiderOperationsCostMore) {
  for (double width = 1; width < 128; ++width) {
    for (const char* name : {"int_add", "int_multiply"}) {
      EXPECT_GT(price(technology(), LogicUse{name, width + 1}),
                price(technology(), LogicUse{name, width}))
          << name << " " << width;
    }
  }
}

TEST(PriceList, ScalesLogicToTheNodeOfTheTechnology) {
  Technology scaled = technology();
  scaled.node_nm = 22;
  scaled.voltage = 0.8;
  for (OperationEntry& entry : scaled.operations) entry.voltage = 0.8;
  const PriceList prices(scaled, {unit("u", {{"e", {LogicUse{"int_add", 8}}}})});
  EXPECT_NEAR(prices.units()[0].events[0].pj, 0.03 * 0.294, 2e-5);
  ASSERT_EQ(prices.origins().size(), 1U);
  EXPECT_EQ(prices.origins()[0].key, "operations.int_add");
  EXPECT_EQ(prices.origins()[0].value, 0.03);
  EXPECT_EQ(prices.origins()[0].used, prices.units()[0].events[0].pj);
  EXPECT_THAT(prices.origins()[0].scaling, HasSubstr("45 nm 0.8 V to 22 nm 0.8 V"));
}

TEST(PriceList, AnEventWithoutAPriceIsAnErrorThatNamesUnitEventAndKey) {
  try {
    PriceList(technology(), {unit("array", {{"mac", {LogicUse{"fp_add", 16}}}}),
                             unit("buffer", {{"words_read", {MemoryUse{}}}}),
                             unit("dram", {{"bytes", {DramUse{}}}}), unit("empty", {{"e", {}}})});
    FAIL() << "events without a price went unnoticed";
  } catch (const PriceError& error) {
    EXPECT_THAT(error.what(), HasSubstr("unit array, event mac: no price; add operations.fp_add"));
    EXPECT_THAT(error.what(), HasSubstr("unit buffer, event words_read: no price; add memory"));
    EXPECT_THAT(error.what(), HasSubstr("unit dram, event bytes: no price; add dram"));
    EXPECT_THAT(error.what(), HasSubstr("unit empty, event e: no price"));
  }
}

TEST(PriceList, AnOwnEventReplacesTheComposition) {
  Technology own = technology();
  own.events = {{"array.mac", 1.5, 45, 0.9, {}}};
  const PriceList prices(own, {unit("array", {{"mac", {LogicUse{"fp_add", 16}}}})});
  EXPECT_EQ(prices.units()[0].events[0].pj, 1.5);
}

TEST(PriceList, AnEntryForAnEventThatNoUnitHasIsAnError) {
  Technology own = technology();
  own.events = {{"array.mca", 1.5, 45, 0.9, {}}};
  own.calibration = {{"array.clok", 2.0, "anchor"}};
  try {
    PriceList(own, {unit("array", {{"mac", {LogicUse{"int_add", 16}}}})});
    FAIL();
  } catch (const PriceError& error) {
    EXPECT_THAT(error.what(), HasSubstr("events.array.mca: no unit of the design has this event"));
    EXPECT_THAT(error.what(), HasSubstr("calibration.array.clok"));
    EXPECT_THAT(error.what(), HasSubstr("it has array.mac"));
  }
}

TEST(PriceList, DramIsPricedByCommandsOrByBitsAsItIsCounted) {
  Technology both = technology();
  both.dram = "d";
  both.drams = {{"d", {}, 8.0, std::nullopt, std::nullopt}};
  EXPECT_EQ(price(both, DramUse{DramAction::kBit, 8.0}), 64.0);
  EXPECT_THROW(price(both, DramUse{DramAction::kRead, 1.0, "d"}), PriceError);
  EXPECT_THROW(price(both, DramUse{DramAction::kRead, 1.0, "ddr9"}), PriceError);
  both.drams[0].bit_pj.reset();
  both.drams[0].commands = DramCommands{100, 20, 30, 400, 66, 48};
  EXPECT_THROW(price(both, DramUse{DramAction::kBit}), PriceError);
  const PriceList prices(both, {bank_dram_cost("dram", "d", 0.833)});
  const std::vector<EventPrice>& events = prices.units()[0].events;
  EXPECT_EQ(events[0].pj, 100.0);
  EXPECT_EQ(events[1].pj, 20.0);
  EXPECT_EQ(events[2].pj, 30.0);
  EXPECT_EQ(events[3].pj, 400.0);
  EXPECT_FALSE(events[3].is_static);
  // 66 mW for 0.833 ns.
  EXPECT_DOUBLE_EQ(events[4].pj, 66 * 0.833);
  EXPECT_TRUE(events[4].is_static);
  EXPECT_DOUBLE_EQ(events[5].pj, 48 * 0.833);
  EXPECT_FALSE(prices.units()[0].area.has_value());
}

// Else an eDRAM would be priced as the SRAM that is the default.
TEST(PriceList, AnEdramBufferNeedsTheFiguresOfAnEdram) {
  Technology both = technology();
  both.memory = "sram";
  MemoryEntry sram;
  sram.name = "sram";
  sram.cell = "itrs-lstp";
  MemoryEntry edram;
  edram.name = "edram";
  edram.bit = MemoryBit{0.01, 0.01, 0.0203, 1e-7, 0.12};
  both.memories = {sram, edram};
  BufferConfig buffer;
  buffer.memory = "edram";
  try {
    PriceList(both, {buffer_cost("data_buffer", buffer)});
    FAIL() << "an eDRAM was priced as SRAM";
  } catch (const PriceError& error) {
    EXPECT_THAT(error.what(), HasSubstr("unit data_buffer, event words_refreshed: no price"));
    EXPECT_THAT(error.what(), HasSubstr("choose an eDRAM by memory_of: {data_buffer:"));
  }
  both.memory_of = {{"data_buffer", "edram"}};
  const PriceList prices(both, {buffer_cost("data_buffer", buffer)});
  EXPECT_DOUBLE_EQ(prices.units()[0].events[2].pj, 128 * 0.0203);
}

TEST(PriceList, HotterUnitsLeakMore) {
  UnitCost cost = unit("u", {});
  cost.logic = {{"int_add", 8, 1e6}};
  Technology cold = technology();
  Technology hot = technology();
  hot.temperature_k = 310.0;
  const double at_300 = *PriceList(cold, {cost}).units()[0].leakage_mw;
  EXPECT_NEAR(at_300, 10.0 * 36.0, 1e-6);
  EXPECT_DOUBLE_EQ(*PriceList(hot, {cost}).units()[0].leakage_mw, 2.0 * at_300);
}

TEST(PriceList, UnknownAreasAreListedNotZero) {
  Technology bare = technology();
  for (OperationPoint& point : bare.operations[0].points) point.area_um2.reset();
  UnitCost cost = unit("u", {});
  cost.logic = {{"int_add", 8, 10}};
  const PriceList prices(bare, {cost});
  EXPECT_FALSE(prices.units()[0].area.has_value());
  EXPECT_FALSE(prices.units()[0].leakage_mw.has_value());
  ASSERT_EQ(prices.unknown().size(), 2U);
  EXPECT_EQ(prices.unknown()[0].quantity, "area");
  EXPECT_EQ(prices.unknown()[0].key, "add areas to operations.int_add");
}

TEST(EnergyAccount, ThePartsAreTheWholeToTheLastDigitInAnyOrder) {
  std::mt19937_64 random(20071);
  std::uniform_int_distribution<std::int64_t> count(0, 1'000'000'000);
  std::vector<EventCost> events;
  for (int i = 0; i < 20; ++i) {
    events.push_back({std::to_string(i), {LogicUse{"int_add", 1.0 + i}}});
  }
  UnitCost first = unit("a", events);
  first.logic = {{"int_add", 7, 1e5}};
  const PriceList prices(technology(), {first, unit("b", events)});
  EnergyBreakdown total;
  double layers = 0.0;
  for (int layer = 0; layer < 50; ++layer) {
    std::vector<std::int64_t> counts(prices.events());
    for (std::int64_t& each : counts) each = count(random);
    const EnergyBreakdown energy = account_energy(prices, counts, 1e-6 * layer);
    layers += energy.total().value();
    total += energy;
  }
  EXPECT_EQ(total.total().value(), layers);
  double parts = 0.0;
  for (auto unit = total.units.rbegin(); unit != total.units.rend(); ++unit) {
    parts += unit->leakage.value();
    for (const Energy& event : unit->events) parts += event.value();
  }
  EXPECT_EQ(total.total().value(), parts);
  EXPECT_EQ(total.total().value(), total.dynamic().value() + total.standing().value());
}

TEST(EnergyAccount, RefusesWhatItCannotHoldExactly) {
  EXPECT_EQ(Energy::rounded(0.25).value(), 0.25);
  EXPECT_EQ(Energy::rounded(8.0e12).value(), 8.0e12);
  EXPECT_THROW(Energy::rounded(9.0e12), std::overflow_error);
  Energy sum = Energy::rounded(8.0e12);
  EXPECT_THROW(sum += sum, std::overflow_error);
}

TEST(FpgaCost, CountsPartsAndBlockRamsAndNamesTheRest) {
  FpgaTable table;
  table.bram_bits = 36864;
  table.bram_width = 72;
  table.parts = {{"cell.x", 29, 19, {}}};
  UnitCost array = unit("array", {});
  array.logic = {{"int_add", 8}};
  array.fpga = {{"cell.x", 100}};
  UnitCost buffer = unit("buffer", {});
  buffer.memories = {{{65536, 128}, 4}, {{64, 256}, 1}};
  UnitCost other = unit("other", {});
  other.logic = {{"int_add", 8}};
  const FpgaCost cost = fpga_cost(table, {array, buffer, other});
  ASSERT_EQ(cost.units.size(), 2U);
  EXPECT_EQ(cost.units[0].lut, 2900);
  EXPECT_EQ(cost.units[0].ff, 1900);
  // 64 KiB are 14.2 block RAMs of 36 Kib; 256 bits are 3.6 of 72.
  EXPECT_EQ(cost.units[1].bram, 4 * 15 + 4);
  EXPECT_THAT(cost.not_included, testing::ElementsAre("other: its logic"));
}

}  // namespace
}  // namespace systerm
