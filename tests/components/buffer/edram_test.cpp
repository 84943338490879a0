// SPDX-License-Identifier: Apache-2.0
// eDRAM against rows and refreshes stepped cycle by cycle.
#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "components/buffer/buffer_memory.h"

namespace systerm {
namespace {

constexpr double kClock = 1e9;

BufferConfig config(RefreshPolicy policy, std::int64_t retention_cycles) {
  BufferConfig config;
  config.bytes = 1024;
  config.banks = 4;
  config.bank_width_bytes = 8;
  config.slots = 2;
  config.memory = "edram";
  config.edram.row_bytes = 16;
  config.edram.retention_seconds = (static_cast<double>(retention_cycles) + 0.5) / kClock;
  config.edram.refresh = policy;
  return config;
}

/// Rows one by one, time cycle by cycle.
class SteppedEdram {
 public:
  SteppedEdram(const BufferConfig& config, std::int64_t retention)
      : config_(config), retention_(retention) {}

  std::int64_t end_of_access(std::int64_t start, std::int64_t busy) {
    std::int64_t end = start + busy;
    for (std::int64_t bank = 0; bank < config_.banks; ++bank) {
      std::int64_t owed = 0;
      std::int64_t time = start;
      for (std::int64_t left = busy; left > 0; ++time) {
        owed += due(time, bank) * config_.edram.refresh_cycles;
        if (owed > 0) {
          --owed;
        } else {
          --left;
        }
      }
      end = std::max(end, time);
    }
    return end;
  }
  void written(std::int64_t address, std::int64_t bytes, std::int64_t at) {
    for (const auto& row : rows(address, bytes)) {
      if (live_.contains(row)) finish(row, at);
      live_[row] = {at, -1};
    }
  }
  void read(std::int64_t address, std::int64_t bytes, std::int64_t at) {
    for (const auto& row : rows(address, bytes)) {
      live_.at(row).read_at = at;
      if (config_.edram.refresh == RefreshPolicy::kNone &&
          at - live_.at(row).written_at > retention_) {
        ++violations_;
      }
    }
  }
  void released(std::int64_t address, std::int64_t bytes, std::int64_t at) {
    for (const auto& row : rows(address, bytes)) {
      finish(row, at);
      if (live_.at(row).read_at >= 0) {
        lifetimes_.push_back(live_.at(row).read_at - live_.at(row).written_at);
      }
      live_.erase(row);
    }
  }
  /// Counts what is refreshed in one cycle; called for every cycle of the run in order.
  void step(std::int64_t time) {
    if (config_.edram.refresh != RefreshPolicy::kPeriodic &&
        config_.edram.refresh != RefreshPolicy::kPerBank) {
      return;
    }
    std::set<std::int64_t> banks;
    for (const auto& [row, state] : live_) banks.insert(row.first);
    const bool all = config_.edram.refresh == RefreshPolicy::kPeriodic;
    refreshes_ += due(time, 0) * (all ? config_.banks : static_cast<std::int64_t>(banks.size()));
  }
  std::int64_t refreshes() const { return refreshes_; }
  std::int64_t violations() const { return violations_; }
  const std::vector<std::int64_t>& lifetimes() const { return lifetimes_; }

 private:
  using Row = std::pair<std::int64_t, std::int64_t>;  ///< bank, row
  struct State {
    std::int64_t written_at = 0;
    std::int64_t read_at = -1;
  };

  std::set<Row> rows(std::int64_t address, std::int64_t bytes) const {
    std::set<Row> rows;
    for (std::int64_t byte = address; byte < address + bytes; ++byte) {
      const std::int64_t chunk = byte / config_.interleave();
      const std::int64_t in_bank =
          chunk / config_.banks * config_.interleave() + byte % config_.interleave();
      rows.insert({chunk % config_.banks, in_bank / config_.edram.row_bytes});
    }
    return rows;
  }
  std::int64_t rows_in_bank() const {
    return config_.bytes / config_.banks / config_.edram.row_bytes;
  }
  /// Rows of a bank that are due in this cycle.
  std::int64_t due(std::int64_t time, std::int64_t bank) const {
    switch (config_.edram.refresh) {
      case RefreshPolicy::kNone:
        return 0;
      case RefreshPolicy::kPeriodic:
      case RefreshPolicy::kPerBank: {
        // The i-th of the bank's rows is due at i retention / rows, rounded down to a cycle.
        std::int64_t count = 0;
        for (std::int64_t i = 1; i * retention_ / rows_in_bank() <= time; ++i) {
          if (i * retention_ / rows_in_bank() == time) ++count;
        }
        return count;
      }
      case RefreshPolicy::kLifetimeAware: {
        return std::ranges::count_if(live_, [&](const auto& entry) {
          const std::int64_t age = time - entry.second.written_at;
          return entry.first.first == bank && age > 0 && age % retention_ == 0;
        });
      }
    }
    return 0;
  }
  void finish(const Row& row, std::int64_t at) {
    if (config_.edram.refresh != RefreshPolicy::kLifetimeAware) return;
    refreshes_ += (at - live_.at(row).written_at) / retention_;
  }

  const BufferConfig config_;
  const std::int64_t retention_;
  std::map<Row, State> live_;
  std::vector<std::int64_t> lifetimes_;
  std::int64_t refreshes_ = 0;
  std::int64_t violations_ = 0;
};

using Parameters = std::tuple<RefreshPolicy, unsigned>;

class EdramPolicy : public testing::TestWithParam<Parameters> {
 protected:
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }
  std::mt19937 engine_{std::get<1>(GetParam())};
};

TEST_P(EdramPolicy, DoesWhatSteppedRowsDo) {
  const std::int64_t retention = between(40, 150);  // more than 16 rows of two cycles
  BufferConfig buffer = config(std::get<0>(GetParam()), retention);
  if (between(0, 1) == 0) buffer.interleave_bytes = 256;  // a bank in one piece
  buffer.edram.refresh_cycles = static_cast<int>(between(1, 2));
  const auto memory = make_buffer_memory(buffer, kClock);
  SteppedEdram stepped(buffer, retention);
  const std::int64_t slot = buffer.bytes / buffer.slots;
  std::int64_t now = 0;
  std::int64_t stepped_to = 0;
  const auto advance = [&](std::int64_t to) {
    for (; stepped_to < to; ++stepped_to) stepped.step(stepped_to);
    now = to;
  };
  const auto access = [&](std::int64_t busy) {
    const std::int64_t end = memory->end_of_access(now, busy);
    EXPECT_EQ(end, stepped.end_of_access(now, busy)) << "at " << now;
    return end;
  };
  for (int block = 0; block < 40; ++block) {
    const std::int64_t base = block % 2 * slot;
    const std::int64_t bytes = between(1, slot);
    for (std::int64_t done = 0; done < bytes;) {
      const std::int64_t piece = std::min(between(1, 200), bytes - done);
      const std::int64_t end = access(between(1, 9));
      advance(end);
      memory->written(base + done, piece, end);
      stepped.written(base + done, piece, end);
      done += piece;
    }
    for (std::int64_t reads = between(0, 3); reads > 0; --reads) {
      advance(now + between(0, 80));
      const std::int64_t offset = between(0, bytes - 1);
      const std::int64_t count = between(1, bytes - offset);
      const std::int64_t end = access(between(1, 30));
      const std::int64_t handed_on = end + between(0, 20);
      memory->read(base + offset, count, end);
      memory->read_lasted_until(handed_on);
      stepped.read(base + offset, count, handed_on);
      advance(handed_on);
    }
    advance(now + between(0, 60));
    memory->released(base, bytes, now);
    stepped.released(base, bytes, now);
  }
  memory->settle(now);
  const RetentionReport report = *memory->retention();
  EXPECT_EQ(report.retention_cycles, retention);
  EXPECT_EQ(report.refreshes, stepped.refreshes());
  EXPECT_EQ(report.violations, stepped.violations());
  std::map<std::int64_t, std::int64_t> histogram;
  for (const std::int64_t lifetime : stepped.lifetimes()) {
    std::int64_t from = lifetime == 0 ? 0 : 1;
    while (from > 0 && from * 2 <= lifetime) from *= 2;
    ++histogram[from];
  }
  std::map<std::int64_t, std::int64_t> reported;
  for (const auto& bin : report.lifetimes) reported[bin.from_cycles] = bin.lifetimes;
  EXPECT_EQ(reported, histogram);
  EXPECT_EQ(report.longest_cycles, std::ranges::max(stepped.lifetimes()));
}

INSTANTIATE_TEST_SUITE_P(
    Policies, EdramPolicy,
    testing::Combine(testing::Values(RefreshPolicy::kNone, RefreshPolicy::kPeriodic,
                                     RefreshPolicy::kPerBank, RefreshPolicy::kLifetimeAware),
                     testing::Range(1U, 7U)));

// 16 rows a bank, one refreshed every 64 / 16 = 4 cycles: of any 4 cycles an access gets 3.
// Availability is 1 - rows t_row / T_int.
TEST(Edram, PeriodicRefreshTakesItsShareOfTheSlots) {
  const auto memory = make_buffer_memory(config(RefreshPolicy::kPeriodic, 64), kClock);
  EXPECT_EQ(memory->end_of_access(1, 300), 1 + 300 + 99);
}

// Floor(lifetime / T_int) refreshes of each of the 8 rows that 128 bytes take.
TEST(Edram, LifetimeAwareRefreshesOnlyDataThatOutliveTheirCells) {
  for (const auto& [held, refreshes] : {std::pair{99, 0}, std::pair{100, 8}, std::pair{399, 24}}) {
    const auto memory = make_buffer_memory(config(RefreshPolicy::kLifetimeAware, 100), kClock);
    memory->written(0, 128, 10);
    memory->released(0, 128, 10 + held);
    EXPECT_EQ(memory->retention()->refreshes, refreshes) << held;
  }
}

TEST(Edram, WithoutRefreshAReadThatComesTooLateIsAViolation) {
  const auto memory = make_buffer_memory(config(RefreshPolicy::kNone, 100), kClock);
  memory->written(0, 128, 0);
  memory->read(0, 128, 100);
  memory->read(0, 64, 101);
  memory->released(0, 128, 150);
  EXPECT_EQ(memory->retention()->violations, 4);
  EXPECT_THAT(memory->retention()->worst_rows, testing::SizeIs(8));
  EXPECT_EQ(memory->retention()->worst_rows.front().lifetime_cycles, 101);
}

TEST(Edram, RetentionHalvesEveryTenDegrees) {
  EdramConfig edram;
  edram.retention_seconds = 100e-6;
  edram.retention_celsius = 45;
  edram.celsius = 85;
  EXPECT_DOUBLE_EQ(edram.retention_at_work(), 100e-6 / 16);
}

TEST(Edram, RetentionFollowsTheTableExponentiallyBetweenItsPoints) {
  EdramConfig edram;
  edram.retention_table = {{25, 800e-6}, {45, 200e-6}, {85, 50e-6}};
  for (const auto& [celsius, seconds] : std::vector<std::pair<double, double>>{
           {25, 800e-6}, {35, 400e-6}, {45, 200e-6}, {65, 100e-6}, {85, 50e-6}}) {
    edram.celsius = celsius;
    EXPECT_EQ(edram.retention_table_error(), "");
    EXPECT_NEAR(edram.retention_at_work(), seconds, 1e-12) << celsius;
  }
  edram.celsius = 85.5;
  EXPECT_EQ(edram.retention_table_error(),
            "the table covers 25 to 85 degrees, the memory works at 85.5");
  edram.retention_table = {{25, 100e-6}, {85, 200e-6}};
  EXPECT_EQ(edram.retention_table_error(), "data last longer at 85 degrees than at 25");
  edram.retention_table = {{85, 200e-6}, {25, 100e-6}};
  EXPECT_EQ(edram.retention_table_error(), "temperatures must rise; 25 follows 85");
}

}  // namespace
}  // namespace systerm
