// SPDX-License-Identifier: Apache-2.0
// A DRAM standard as a table: the organisation of a device and the constraints between commands,
// from which controllers are built. Plain values; which standards there are is a matter of files.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace systerm {

enum class DramCommand : std::uint8_t {
  kActivate,
  kPrecharge,
  kPrechargeAll,  ///< every bank of a rank
  kRead,
  kWrite,
  kRefresh,  ///< every bank of a rank
};
inline constexpr std::size_t kDramCommands = 6;
/// "ACT", "PRE", "PREA", "RD", "WR", "REF".
inline constexpr std::array<std::string_view, kDramCommands> kDramCommandNames = {
    "ACT", "PRE", "PREA", "RD", "WR", "REF"};

/// From the outside in; a level is counted within the one before it.
enum class DramLevel : std::uint8_t { kChannel, kPseudoChannel, kRank, kBankGroup, kBank };
inline constexpr std::size_t kDramLevels = 5;
inline constexpr std::array<std::string_view, kDramLevels> kDramLevelNames = {
    "channel", "pseudo_channel", "rank", "bank_group", "bank"};

template <typename Enum>
constexpr std::size_t ordinal(Enum value) {
  return static_cast<std::size_t>(value);
}
constexpr bool acts_on_rank(DramCommand command) {
  return command == DramCommand::kPrechargeAll || command == DramCommand::kRefresh;
}
constexpr bool is_column_command(DramCommand command) {
  return command == DramCommand::kRead || command == DramCommand::kWrite;
}

/// A following command comes at least `cycles` after a preceding one in the same node of `level`.
struct DramConstraint {
  DramLevel level = DramLevel::kBank;
  std::vector<DramCommand> preceding;
  std::vector<DramCommand> following;
  std::int64_t cycles = 0;
  int window = 1;         ///< counts from the window-th last preceding command: 4 for FAW
  bool siblings = false;  ///< between different nodes of the level instead, below the same parent
};

struct DramStandard {
  std::string name;
  std::string description;
  std::int64_t clock_period_fs = 0;
  std::array<std::int64_t, kDramLevels> counts{1, 1, 1, 1, 1};  ///< by level; powers of two
  std::int64_t rows = 1;                                        ///< of a bank; a power of two
  std::int64_t columns = 1;                                     ///< of a row; a power of two
  std::int64_t column_bytes = 1;   ///< width of the data bus of a pseudo channel; a power of two
  std::int64_t burst_columns = 1;  ///< moved by one RD or WR; a power of two
  std::int64_t burst_cycles = 1;   ///< for which a burst occupies the data bus
  std::int64_t read_latency_cycles = 0;   ///< from RD to the first data
  std::int64_t write_latency_cycles = 0;  ///< from WR to the first data
  std::int64_t refresh_interval_cycles = 0;
  std::vector<DramConstraint> constraints;

  std::int64_t burst_bytes() const { return burst_columns * column_bytes; }
  std::int64_t row_bytes() const { return columns * column_bytes; }
  std::int64_t ranks() const { return counts[0] * counts[1] * counts[2]; }  ///< of all channels
  std::int64_t banks() const { return ranks() * counts[3] * counts[4]; }    ///< of all ranks
  std::int64_t bytes() const { return banks() * rows * row_bytes(); }
  /// Of all data buses together.
  double peak_bytes_per_second() const;
  /// From RD or WR to the end of its data.
  std::int64_t data_end_cycles(bool is_write) const {
    return (is_write ? write_latency_cycles : read_latency_cycles) + burst_cycles;
  }
};

/// Banks are numbered through all levels, the innermost fastest. Gives the index of the node of
/// `level` that bank `bank` belongs to, counted over the whole device.
std::int64_t node_of_bank(const DramStandard& standard, DramLevel level, std::int64_t bank);

}  // namespace systerm
