// SPDX-License-Identifier: Apache-2.0
// What the cycles of a data bus went into, by hand for DDR4-2400: RL 16, WL 12, RCD 16, RP 16,
// RTP 9, RFC 312, WTR_L 9, CCD_L 6, a burst of 4.
#include <random>

#include <gtest/gtest.h>

#include "components/dram/trace_replay.h"
#include "tests/components/dram/dram_support.h"

namespace systerm {
namespace {

struct Offer {
  std::uint64_t address = 0;
  std::uint64_t bytes = 64;
  bool is_write = false;
  DramCycle arrival = 0;
};

DramCounts counts_of(const std::vector<Offer>& offers, const std::string& mapping = "brc",
                     const std::string& preset = "ddr4_2400") {
  const auto standard = test::preset(preset);
  const auto controller = make_dram_controller(standard, AddressMapping(*standard, mapping), {});
  for (const Offer& each : offers) {
    controller->offer({each.address, each.bytes, each.is_write}, each.arrival);
  }
  return controller->counts(controller->finish());
}

std::int64_t cycles(const DramCounts& counts, BusUse use) {
  return counts.bus_cycles[ordinal(use)];
}

constexpr std::uint64_t kRow = 8192;

TEST(DataBusAccount, CountsLatencyOfALoneReadAsNoRequestAndItsRowAsActivate) {
  const DramCounts counts = counts_of({{}});
  // In the queue at the end of cycle 0, ACT in 1, RD in 17, data in 33 to 36.
  EXPECT_EQ(cycles(counts, BusUse::kNoRequest), 16);
  EXPECT_EQ(cycles(counts, BusUse::kActivate), 17);
  EXPECT_EQ(cycles(counts, BusUse::kData), 4);
}

TEST(DataBusAccount, SaysHowLongBurstsToOneBankGroupLieApart) {
  const DramCounts counts = counts_of({{.bytes = 640}});
  EXPECT_EQ(cycles(counts, BusUse::kData), 40);
  EXPECT_EQ(cycles(counts, BusUse::kColumnSpacing), 9 * 2);
}

TEST(DataBusAccount, SplitsARowConflictIntoClosingAndOpening) {
  const DramCounts counts = counts_of({{}, {.address = kRow}});
  // PRE waits for RAS, 39 after ACT; ACT 16 later, RD 16 later. The bus was free 4 after the first
  // RD.
  EXPECT_EQ(cycles(counts, BusUse::kPrecharge), (1 + 39 + 16) - (17 + 4));
  EXPECT_EQ(cycles(counts, BusUse::kActivate), 17 + 16);
}

TEST(DataBusAccount, CountsTheChangeOfDirection) {
  const DramCounts counts = counts_of({{.is_write = true}, {.address = 64}});
  // WR to RD: WL 12 + 4 + WTR_L 9 = 25; write data end at 16, read data begin at 25 + 16.
  EXPECT_EQ(cycles(counts, BusUse::kTurnaround), 25);
}

TEST(DataBusAccount, CountsARefreshUntilTheBankIsReady) {
  const DramCycle due = test::preset("ddr4_2400")->refresh_interval_cycles;
  const DramCounts counts = counts_of({{}, {.address = 64, .arrival = due + 1}});
  // PREA in `due`, REF 16 later, ACT RFC after it; the request waits from due + 1 on.
  EXPECT_EQ(cycles(counts, BusUse::kRefresh), 16 + 312 - 1);
  EXPECT_EQ(cycles(counts, BusUse::kPrecharge), 0);
}

TEST(DataBusAccount, CountsWaitingForWorkAsNoRequest) {
  const DramCounts counts = counts_of({{}, {.address = 64, .arrival = 1000}});
  // Free from 37 on; the second RD in 1001 has its data from 1017 on.
  EXPECT_EQ(cycles(counts, BusUse::kNoRequest), 16 + (1016 - 37));
  EXPECT_EQ(cycles(counts, BusUse::kColumnSpacing), 1);
}

TEST(DataBusAccount, AddsUpToTheCyclesOfAllBuses) {
  for (const std::string& preset : test::presets()) {
    SCOPED_TRACE(preset);
    const auto standard = test::preset(preset);
    std::mt19937_64 random(3);
    std::vector<Offer> offers;
    DramCycle arrival = 0;
    for (int i = 0; i < 400; ++i) {
      offers.push_back({random() % (1U << 24), 64 + random() % 2000, random() % 3 == 0, arrival});
      arrival += static_cast<DramCycle>(random() % 300);
    }
    const auto controller = make_dram_controller(standard, AddressMapping(*standard, "pci"), {});
    for (const Offer& each : offers) {
      controller->offer({each.address, each.bytes, each.is_write}, each.arrival);
    }
    const DramCycle end = controller->finish();
    std::int64_t sum = 0;
    for (const std::int64_t each : controller->counts(end).bus_cycles) sum += each;
    EXPECT_EQ(sum, end * standard->counts[0] * standard->counts[1]);
  }
}

}  // namespace
}  // namespace systerm
