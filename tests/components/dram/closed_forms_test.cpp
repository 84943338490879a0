// SPDX-License-Identifier: Apache-2.0
// Streams whose duration can be written down: the closed forms of docs/units/dram.md hold to within
// 4 cycles.
#include <gtest/gtest.h>

#include "components/dram/trace_replay.h"
#include "tests/components/dram/dram_support.h"

namespace systerm {
namespace {

/// The parameters of a device that the closed forms need, as literals from its data sheet.
struct Parameters {
  std::string preset;
  DramCycle rl, half_burst, rcd, rp, rc, ccd_s, ccd_l, rtp, rfc, refi;
};

void PrintTo(const Parameters& parameters, std::ostream* out) { *out << parameters.preset; }

const Parameters kDevices[] = {
    {"ddr3_1600", 11, 4, 11, 11, 39, 4, 4, 6, 208, 6240},
    {"ddr4_2400", 16, 4, 16, 16, 55, 4, 6, 9, 312, 9364},
    {"ddr4_3200", 22, 4, 22, 22, 74, 4, 8, 12, 576, 12480},
    {"dramsys_ddr4_2400", 16, 4, 16, 16, 55, 4, 6, 12, 312, 9360},
    // RL 28 and DQSCK 6.
    {"lpddr4_3200", 34, 8, 29, 29, 97, 8, 8, 12, 448, 6246},
    {"lpddr5_6400", 17, 2, 15, 15, 49, 2, 4, 8, 168, 3125},
    {"hbm2", 14, 2, 14, 14, 48, 2, 4, 5, 350, 3900},
    {"hbm3", 20, 2, 31, 26, 72, 2, 4, 9, 560, 6240},
};

class ClosedForm : public testing::TestWithParam<Parameters> {
 protected:
  ClosedForm() : standard_(test::preset(GetParam().preset)) {}

  /// `accesses` of one burst, `stride` bytes apart.
  ReplayResult run(const std::string& mapping, const std::string& scheduler,
                   Outstanding outstanding, std::uint64_t accesses, std::uint64_t stride,
                   bool refresh = false) const {
    DramControllerConfig config;
    config.scheduler = scheduler;
    config.refresh = refresh;
    const auto controller =
        make_dram_controller(standard_, AddressMapping(*standard_, mapping), config);
    std::uint64_t next = 0;
    return replay(
        *controller,
        [&]() -> std::optional<DramAccess> {
          if (next == accesses) return std::nullopt;
          return DramAccess{stride * next++, burst_bytes(), false};
        },
        outstanding);
  }
  std::uint64_t burst_bytes() const { return static_cast<std::uint64_t>(standard_->burst_bytes()); }
  std::uint64_t row_bytes() const { return static_cast<std::uint64_t>(standard_->row_bytes()); }
  DramCycle bursts_in_row() const { return standard_->row_bytes() / standard_->burst_bytes(); }
  /// Row hit period with one request at a time.
  static DramCycle hit() { return GetParam().rl + GetParam().half_burst + 1; }

  const std::shared_ptr<const DramStandard> standard_;
};

constexpr double kTolerance = 4.0;
using enum Outstanding;

TEST_P(ClosedForm, SaturatedStreamInOneBank) {
  const Parameters& p = GetParam();
  for (const DramCycle rows : {1, 2, 7}) {
    const DramCycle n = rows * bursts_in_row();
    const ReplayResult result =
        run("brc", "frfcfs", kUnlimited, static_cast<std::uint64_t>(n), burst_bytes());
    EXPECT_NEAR(result.cycles,
                n * p.ccd_l + (rows - 1) * (p.rtp + p.rp + p.rcd - p.ccd_l) + p.rcd + p.rl +
                    p.half_burst - p.ccd_l + 1,
                kTolerance);
    EXPECT_EQ(result.counts.row_hits, n - rows);
    EXPECT_EQ(result.counts.commands, (std::array<std::int64_t, 6>{rows, rows - 1, 0, n, 0, 0}));
  }
}

TEST_P(ClosedForm, StreamOverBankGroups) {
  const Parameters& p = GetParam();
  if (standard_->counts[ordinal(DramLevel::kBankGroup)] == 1) {
    GTEST_SKIP() << "the device has no bank groups";
  }
  for (const std::string scheduler : {"frfcfs", "strict"}) {
    const DramCycle n = 20 * bursts_in_row();
    const ReplayResult result =
        run("bgi", scheduler, kUnlimited, static_cast<std::uint64_t>(n), burst_bytes());
    // In order, the first bursts come as slowly as the rows of four bank groups can be opened.
    const DramCycle start = scheduler == "strict" ? 3 * (4 - p.ccd_s) : 0;
    EXPECT_NEAR(result.cycles, n * p.ccd_s + p.rcd + p.rl + 1 + start, kTolerance) << scheduler;
  }
}

TEST_P(ClosedForm, RowConflictsInOneBankInOrder) {
  const Parameters& p = GetParam();
  const DramCycle n = 100;
  const ReplayResult result =
      run("brc", "strict", kUnlimited, static_cast<std::uint64_t>(n), row_bytes());
  EXPECT_NEAR(result.cycles, (n - 1) * p.rc + p.rcd + hit(), kTolerance);
  EXPECT_EQ(result.counts.row_hits, 0);
}

TEST_P(ClosedForm, OneRequestAtATimeInOneBank) {
  const Parameters& p = GetParam();
  for (const DramCycle rows : {1, 5}) {
    const DramCycle n = rows * bursts_in_row();
    const ReplayResult result =
        run("brc", "strict", kOne, static_cast<std::uint64_t>(n), burst_bytes());
    EXPECT_NEAR(result.cycles, n * hit() + (rows - 1) * (p.rp + p.rcd) + p.rcd, kTolerance);
    EXPECT_NEAR(static_cast<double>(result.latency_cycles), static_cast<double>(result.cycles),
                kTolerance);
  }
}

TEST_P(ClosedForm, ARefreshCostsItselfAndTheRow) {
  const Parameters& p = GetParam();
  // One row all the time, so that a refresh never falls together with a change of rows.
  const std::uint64_t n = 100'000;
  const ReplayResult plain = run("brc", "frfcfs", kUnlimited, n, 0);
  const ReplayResult refreshed = run("brc", "frfcfs", kUnlimited, n, 0, true);
  const DramCycle refreshes = refreshed.counts.commands[ordinal(DramCommand::kRefresh)];
  EXPECT_EQ(refreshes, standard_->ranks() * (refreshed.cycles / p.refi));
  const double cost = static_cast<double>((refreshed.cycles - plain.cycles) * standard_->ranks()) /
                      static_cast<double>(refreshes);
  // Closing all banks takes longer than closing one in these two.
  const DramCycle close = p.preset == "lpddr4_3200" ? 34 : p.preset == "lpddr5_6400" ? 17 : p.rp;
  EXPECT_NEAR(cost, p.rfc + p.rtp + close + p.rcd - p.ccd_l, kTolerance);
}

INSTANTIATE_TEST_SUITE_P(Devices, ClosedForm, testing::ValuesIn(kDevices),
                         [](const auto& device) { return device.param.preset; });

}  // namespace
}  // namespace systerm
