// SPDX-License-Identifier: Apache-2.0
// What the cycles of a data bus went into: data, or the wait before the burst that came next.
// docs/units/dram.md defines the causes.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "components/dram/command_timing.h"

namespace systerm {

enum class BusUse : std::uint8_t {
  kData,
  kNoRequest,      ///< no burst waited early enough
  kRefresh,        ///< the bank of the next burst was refreshed
  kPrecharge,      ///< another row of its bank had to be closed
  kActivate,       ///< its row had to be opened
  kTurnaround,     ///< it goes in the other direction
  kColumnSpacing,  ///< bursts to one bank, bank group or rank after another need more room
};
inline constexpr std::size_t kBusUses = 7;
/// Keys of `bus_cycles` in results.
inline constexpr std::array<std::string_view, kBusUses> kBusUseNames = {
    "data", "no_request", "refresh", "precharge", "activate", "turnaround", "column_spacing"};

inline constexpr std::array<std::string_view, kBusUses> kBusUseSentences = {
    "data on the bus, summed over data buses",
    "of data buses before a burst that came too late to fill them",
    "of data buses before a burst whose bank was refreshed",
    "of data buses before a burst whose bank had another row open",
    "of data buses before a burst whose row had to be opened",
    "of data buses before a burst in the other direction",
    "of data buses before a burst to the same bank, bank group, or another rank"};

/// Cycles by use.
using BusCycles = std::array<std::int64_t, kBusUses>;

/// Distances that the account needs to know, by direction where they depend on it.
struct BusTiming {
  explicit BusTiming(const DramStandard& standard);
  std::array<DramCycle, 2> latency;     ///< from RD or WR to its data
  std::array<DramCycle, 2> activation;  ///< from ACT to RD or WR
  DramCycle precharge;                  ///< from PRE to ACT of the bank
  DramCycle refresh;                    ///< from REF to ACT
  DramCycle burst;
};

/// When a bank lost its row and got the next one.
struct RowOpening {
  DramCycle ready = 0;  ///< its bank alone would have allowed ACT
  DramCycle opened = 0;
  bool is_after_refresh = false;
};

/// Of one data bus, in the order of its bursts.
class DataBusAccount {
 public:
  /// Bursts wait from the end of `cycle` on.
  void enter(DramCycle cycle, std::int64_t bursts) {
    if (waiting_ == 0 && cycle > served_at_) waiting_since_ = cycle;
    waiting_ += bursts;
  }
  /// A RD or WR; `opening` if it is the first to its row.
  void serve(const BusTiming& timing, DramCycle cycle, bool is_write, const RowOpening* opening) {
    const DramCycle begin = cycle + timing.latency[is_write];
    if (begin > end_) explain_gap(timing, cycle, is_write, opening);
    extend(begin, timing.burst);
    is_write_ = is_write;
    served_at_ = cycle;
    --waiting_;
  }
  /// `bursts` more, each `interval` after the one before, to the same row in the same direction.
  void serve_more(const BusTiming& timing, std::int64_t bursts, DramCycle interval);
  /// What happened since `earlier` happens `repetitions` times again, `cycles` in all.
  void repeat(const DataBusAccount& earlier, std::int64_t repetitions, DramCycle cycles);
  /// Appends what the further account depends on, relative to `floor`.
  void append_state(const BusTiming& timing, DramCycle floor,
                    std::vector<std::int64_t>& state) const;

  /// Adds the cycles up to `cycle`. A wait that has not ended is left out.
  void add_until(DramCycle cycle, BusCycles& cycles) const;

 private:
  void explain_gap(const BusTiming& timing, DramCycle cycle, bool is_write,
                   const RowOpening* opening);
  void extend(DramCycle begin, DramCycle burst) {
    const DramCycle end = begin + burst;
    add(BusUse::kData, end - std::max(begin, end_));
    end_ = std::max(end, end_);
  }
  void add(BusUse use, std::int64_t cycles) { cycles_[ordinal(use)] += cycles; }

  DramCycle end_ = 0;         ///< of the last data
  DramCycle served_at_ = -1;  ///< the last RD or WR
  DramCycle waiting_since_ = 0;
  std::int64_t waiting_ = 0;
  bool is_write_ = false;  ///< the last burst
  BusCycles cycles_{};
};

}  // namespace systerm
