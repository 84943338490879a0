// SPDX-License-Identifier: Apache-2.0
#include "components/dram/command_timing.h"

#include <algorithm>
#include <limits>

namespace systerm {

CommandTiming::CommandTiming(const DramStandard& standard) {
  std::uint32_t nodes = 0;
  std::uint32_t at_level = 1;
  for (std::size_t level = 0; level < kDramLevels; ++level) {
    counts_[level] = static_cast<std::uint32_t>(standard.counts[level]);
    at_level *= counts_[level];
    first_node_[level] = nodes;
    nodes += at_level;
  }
  nodes_.resize(static_cast<std::size_t>(standard.banks()));
  for (std::size_t bank = 0; bank < nodes_.size(); ++bank) {
    for (std::size_t level = 0; level < kDramLevels; ++level) {
      nodes_[bank][level] = first_node_[level] + static_cast<std::uint32_t>(node_of_bank(
                                                     standard, static_cast<DramLevel>(level),
                                                     static_cast<std::int64_t>(bank)));
    }
  }
  earliest_.assign(nodes, {});
  same_bank_interval_.fill(1);
  for (const DramConstraint& constraint : standard.constraints) {
    for (const DramCommand preceding : constraint.preceding) add(standard, constraint, preceding);
  }
}

void CommandTiming::add(const DramStandard& standard, const DramConstraint& constraint,
                        DramCommand preceding) {
  auto level = static_cast<std::uint8_t>(constraint.level);
  if (constraint.siblings && standard.counts[level] == 1) return;
  // A pseudo channel or rank that is alone is the same as its parent.
  while (!constraint.siblings && level > 0 && level <= ordinal(DramLevel::kRank) &&
         standard.counts[level] == 1) {
    --level;
  }
  if (constraint.window > 1) {
    const auto nodes = static_cast<std::size_t>(
        node_of_bank(standard, constraint.level, standard.banks() - 1) + 1);
    const auto length = static_cast<std::size_t>(constraint.window);
    Window window{level, {}, constraint.cycles, length, {}, std::vector<std::size_t>(nodes)};
    window.history.assign(nodes * length, std::numeric_limits<DramCycle>::min() / 2);
    for (const DramCommand following : constraint.following) {
      window.following.push_back(static_cast<std::uint8_t>(following));
      same_bank_interval_[ordinal(following)] = 0;
    }
    same_bank_interval_[ordinal(preceding)] = 0;
    windows_[ordinal(preceding)].push_back(std::move(window));
    return;
  }
  for (const DramCommand following : constraint.following) {
    const Effect effect{level, static_cast<std::uint8_t>(following), constraint.cycles};
    auto& effects = constraint.siblings ? sibling_effects_ : effects_;
    const auto same = std::ranges::find_if(effects[ordinal(preceding)], [&](const Effect& each) {
      return each.level == effect.level && each.following == effect.following;
    });
    if (same == effects[ordinal(preceding)].end()) {
      effects[ordinal(preceding)].push_back(effect);
    } else {
      same->cycles = std::max(same->cycles, effect.cycles);
    }
    if (constraint.siblings) continue;
    DramCycle& interval = same_bank_interval_[ordinal(following)];
    if (following == preceding && interval > 0) interval = std::max(interval, constraint.cycles);
    const bool closes = preceding == DramCommand::kPrecharge &&
                        (following == DramCommand::kActivate || following == DramCommand::kRefresh);
    if (closes && constraint.level >= DramLevel::kRank) automatic_close_.push_back(effect);
  }
}

void CommandTiming::issue(DramCommand command, std::size_t bank, DramCycle time) {
  const Nodes& nodes = nodes_[bank];
  for (const Effect& effect : effects_[ordinal(command)]) {
    push(nodes[effect.level], effect.following, time + effect.cycles);
  }
  if (!sibling_effects_[ordinal(command)].empty()) {
    push_siblings(sibling_effects_[ordinal(command)], nodes, time);
  }
  for (Window& window : windows_[ordinal(command)]) {
    const std::size_t node = nodes[window.level] - first_node_[window.level];
    std::size_t& position = window.position[node];
    window.history[node * window.length + position] = time;
    position = (position + 1) % window.length;
    const DramCycle oldest = window.history[node * window.length + position];
    for (const std::uint8_t following : window.following) {
      push(nodes[window.level], following, oldest + window.cycles);
    }
  }
}

void CommandTiming::push_siblings(const std::vector<Effect>& effects, const Nodes& nodes,
                                  DramCycle time) {
  for (const Effect& effect : effects) {
    const std::uint32_t own = nodes[effect.level] - first_node_[effect.level];
    const std::uint32_t first = own / counts_[effect.level] * counts_[effect.level];
    for (std::uint32_t sibling = first; sibling < first + counts_[effect.level]; ++sibling) {
      if (sibling == own) continue;
      push(first_node_[effect.level] + sibling, effect.following, time + effect.cycles);
    }
  }
}

DramCycle CommandTiming::close_automatically(std::size_t bank) {
  const Nodes& nodes = nodes_[bank];
  const DramCycle time =
      earliest_[nodes[ordinal(DramLevel::kBank)]][ordinal(DramCommand::kPrecharge)];
  for (const Effect& effect : automatic_close_) {
    push(nodes[effect.level], effect.following, time + effect.cycles);
  }
  return time;
}

}  // namespace systerm
