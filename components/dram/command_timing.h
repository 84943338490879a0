// SPDX-License-Identifier: Apache-2.0
// When a command may be issued next, by the constraints of a standard: every issued command pushes
// the earliest times of those that follow it at each level.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "components/dram/dram_standard.h"

namespace systerm {

using DramCycle = std::int64_t;

class CommandTiming {
 public:
  explicit CommandTiming(const DramStandard& standard);

  /// `bank` is any bank of the rank for a command that acts on a rank.
  DramCycle earliest(DramCommand command, std::size_t bank) const {
    const Nodes& nodes = nodes_[bank];
    const std::size_t levels = acts_on_rank(command) ? ordinal(DramLevel::kRank) + 1 : kDramLevels;
    DramCycle time = 0;
    for (std::size_t level = 0; level < levels; ++level) {
      const DramCycle next = earliest_[nodes[level]][ordinal(command)];
      time = next > time ? next : time;
    }
    return time;
  }
  void issue(DramCommand command, std::size_t bank, DramCycle time);
  /// Appends what the earliest time of a command depends on, relative to `floor`.
  void append_state(DramCommand command, std::size_t bank, DramCycle floor,
                    std::vector<std::int64_t>& state) const {
    for (const std::uint32_t node : nodes_[bank]) {
      const DramCycle next = earliest_[node][ordinal(command)];
      state.push_back(next > floor ? next - floor : 0);
    }
  }
  /// The bank closes by itself after the column command just issued, as soon as its own constraints
  /// on PRE allow; this delays its ACT, and ACT and REF of its rank. Gives the time it closes.
  DramCycle close_automatically(std::size_t bank);

  /// Shortest distance of equal commands to one bank; 0 if a window makes it depend on more.
  DramCycle same_bank_interval(DramCommand command) const {
    return same_bank_interval_[ordinal(command)];
  }

 private:
  using Nodes = std::array<std::uint32_t, kDramLevels>;
  struct Effect {
    std::uint8_t level;
    std::uint8_t following;
    DramCycle cycles;
  };
  struct Window {
    std::uint8_t level;
    std::vector<std::uint8_t> following;
    DramCycle cycles;
    std::size_t length;
    std::vector<DramCycle> history;     ///< by node, `length` last times in a ring
    std::vector<std::size_t> position;  ///< by node, of the oldest
  };

  void add(const DramStandard& standard, const DramConstraint& constraint, DramCommand preceding);
  void push_siblings(const std::vector<Effect>& effects, const Nodes& nodes, DramCycle time);
  void push(std::uint32_t node, std::size_t following, DramCycle time) {
    DramCycle& next = earliest_[node][following];
    next = time > next ? time : next;
  }

  std::vector<Nodes> nodes_;  ///< of each bank
  std::array<std::uint32_t, kDramLevels> first_node_{};
  std::array<std::uint32_t, kDramLevels> counts_{};
  std::vector<std::array<DramCycle, 8>> earliest_;  ///< by node and command
  std::array<std::vector<Effect>, kDramCommands> effects_;
  std::array<std::vector<Effect>, kDramCommands> sibling_effects_;
  std::array<std::vector<Window>, kDramCommands> windows_;
  std::vector<Effect> automatic_close_;
  std::array<DramCycle, kDramCommands> same_bank_interval_{};
};

}  // namespace systerm
