// SPDX-License-Identifier: Apache-2.0
#include "model/design/dram_standard_fields.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "model/design/timing_expression.h"

namespace systerm {
namespace {

constexpr std::int64_t kMaxBanks = 4096;
constexpr std::int64_t kMaxBytes = std::int64_t{1} << 44;

template <std::size_t kCount>
std::vector<std::string> texts(const std::array<std::string_view, kCount>& names) {
  return {names.begin(), names.end()};
}

class StandardReader {
 public:
  StandardReader(Mapping& mapping, DramStandard& standard)
      : mapping_(mapping), standard_(standard) {}

  void read() {
    mapping_.text("name", standard_.name);
    mapping_.text("description", standard_.description);
    double period = 0.0;
    mapping_.quantity("clock", period, Unit::kTime, {.minimum = 1e-12, .maximum = 1e-6},
                      Presence::kRequired);
    standard_.clock_period_fs = std::llround(period * 1e15);
    mapping_.require("organization", "a mapping with rows, columns and the rest");
    mapping_.section("organization", [&](Mapping& below) { organization(below); });
    timing();
    cycles(mapping_, "burst", standard_.burst_cycles, 1);
    cycles(mapping_, "read_latency", standard_.read_latency_cycles, 0);
    cycles(mapping_, "write_latency", standard_.write_latency_cycles, 0);
    cycles(mapping_, "refresh_interval", standard_.refresh_interval_cycles, 1);
    mapping_.require("constraints", "a sequence of constraints");
    mapping_.sequence("constraints", standard_.constraints,
                      [&](Mapping& below, DramConstraint& each) { constraint(below, each); });
    check_progress();
  }

 private:
  void power_of_two(Mapping& below, std::string_view key, std::int64_t& value,
                    std::int64_t maximum) {
    if (!below.integer(key, value, {.minimum = 1, .maximum = maximum}, Presence::kRequired)) return;
    check_power_of_two(below, key, value);
  }

  static void check_power_of_two(const Mapping& below, std::string_view key, std::int64_t& value) {
    if (std::has_single_bit(static_cast<std::uint64_t>(value))) return;
    below.node().error_at(key, fmt::format("expected a power of two; got {}", value));
    value = 1;
  }

  void organization(Mapping& below) {
    constexpr std::array<std::string_view, kDramLevels> kKeys = {"channels", "pseudo_channels",
                                                                 "ranks", "bank_groups", "banks"};
    for (std::size_t level = 0; level < kDramLevels; ++level) {
      power_of_two(below, kKeys[level], standard_.counts[level], kMaxBanks);
    }
    power_of_two(below, "rows", standard_.rows, std::int64_t{1} << 30);
    power_of_two(below, "columns", standard_.columns, std::int64_t{1} << 20);
    if (below.bytes("column_width", standard_.column_bytes, {.minimum = 1, .maximum = 1024},
                    Presence::kRequired)) {
      check_power_of_two(below, "column_width", standard_.column_bytes);
    }
    power_of_two(below, "burst_columns", standard_.burst_columns, 1024);
    if (below.node().is_silent()) return;
    if (standard_.burst_columns > standard_.columns) {
      below.node().error_at("burst_columns",
                            fmt::format("a burst of {} columns is longer than a row of {}",
                                        standard_.burst_columns, standard_.columns));
    }
    std::int64_t banks = 1;
    for (const std::int64_t count : standard_.counts) banks *= std::min(count, kMaxBanks);
    if (banks > kMaxBanks) {
      below.node().error(
          fmt::format("{} banks in all; at most {} can be modelled", banks, kMaxBanks));
      standard_.counts.fill(1);
    } else if (static_cast<double>(banks) * static_cast<double>(standard_.rows) *
                   static_cast<double>(standard_.row_bytes()) >
               static_cast<double>(kMaxBytes)) {
      below.node().error("more than 16 TiB");
      standard_.rows = 1;
    }
  }

  /// Values in the order written; each may use the ones before.
  void timing() {
    const auto node = mapping_.find("timing");
    if (!node) return;
    if (!node->is_mapping()) {
      node->mismatch("a mapping of names to cycles");
      return;
    }
    for (const TreeEntry& entry : node->tree()->entries) {
      const Node value(entry.value, key_path(node->path(), entry.key), node->diagnostics());
      values_[entry.key] = evaluated(value, 0);
    }
  }

  std::int64_t evaluated(const Node& node, std::int64_t minimum) {
    const auto text = node.text();
    if (!text) return minimum;
    const TimingResult result = evaluate_timing(*text, values_);
    if (!result.error.empty()) {
      node.error(result.error);
      return minimum;
    }
    if (result.cycles < minimum) {
      node.error(
          fmt::format("expected at least {} cycles; '{}' gives {}", minimum, *text, result.cycles));
      return minimum;
    }
    return result.cycles;
  }

  void cycles(Mapping& below, std::string_view key, std::int64_t& value, std::int64_t minimum) {
    const Node node = below.require(key, "cycles, such as 4 or RL + 1");
    value = node.is_silent() ? minimum : evaluated(node, minimum);
  }

  std::vector<DramCommand> commands(Mapping& below, std::string_view key) {
    std::vector<DramCommand> commands;
    const std::vector<std::string> names = texts(kDramCommandNames);
    below.require(key, "a sequence of commands");
    for (const Node& item : below.items(key)) {
      if (const auto index = item.name(names)) {
        commands.push_back(static_cast<DramCommand>(*index));
      }
    }
    return commands;
  }

  void constraint(Mapping& below, DramConstraint& constraint) {
    std::string level = "bank";
    below.name("level", level, texts(kDramLevelNames), Presence::kRequired);
    const auto found = std::ranges::find(kDramLevelNames, level);
    constraint.level = static_cast<DramLevel>(found - kDramLevelNames.begin());
    below.boolean("siblings", constraint.siblings);
    constraint.preceding = commands(below, "preceding");
    constraint.following = commands(below, "following");
    cycles(below, "cycles", constraint.cycles, 0);
    below.integer("window", constraint.window, {.minimum = 1, .maximum = 64});
    check(below, constraint);
  }

  void check(const Mapping& below, const DramConstraint& constraint) {
    const Node& node = below.node();
    if (constraint.window > 1 && (constraint.siblings || constraint.preceding.size() != 1)) {
      node.error_at("window", "a window counts one preceding command, without siblings");
    }
    const auto on_rank = [](const std::vector<DramCommand>& commands) {
      return std::ranges::any_of(commands, acts_on_rank);
    };
    if (constraint.level > DramLevel::kRank) {
      if (on_rank(constraint.preceding) || on_rank(constraint.following)) {
        node.error_at("level", "PREA and REF act on a whole rank; expected rank or a level above");
      }
    }
  }

  /// A table in which nothing holds a command back lets a controller issue without end in one
  /// cycle.
  void check_progress() {
    if (mapping_.node().is_silent()) return;
    for (std::size_t i = 0; i < kDramCommands; ++i) {
      const auto command = static_cast<DramCommand>(i);
      const auto holds = [command](const DramConstraint& each) {
        const auto names = [command](const auto& list) {
          return std::ranges::find(list, command) != list.end();
        };
        return !each.siblings && each.window == 1 && names(each.preceding) && names(each.following);
      };
      if (std::ranges::none_of(standard_.constraints, holds) &&
          !mapping_.node().diagnostics().contains(
              key_path(mapping_.node().path(), "constraints"))) {
        mapping_.node().error_at(
            "constraints",
            fmt::format("no constraint keeps one {} from the next", kDramCommandNames[i]));
      }
    }
  }

  Mapping& mapping_;
  DramStandard& standard_;
  TimingValues values_;
};

std::vector<std::string> names_of(const std::vector<DramCommand>& commands) {
  std::vector<std::string> names;
  for (const DramCommand command : commands) {
    names.emplace_back(kDramCommandNames[ordinal(command)]);
  }
  return names;
}

}  // namespace

void read_dram_standard(Mapping& mapping, DramStandard& standard) {
  StandardReader(mapping, standard).read();
}

void write_dram_standard(MappingWriter& writer, const DramStandard& standard) {
  writer.text("name", standard.name);
  writer.text("description", standard.description);
  writer.quantity("clock", static_cast<double>(standard.clock_period_fs) * 1e-15, Unit::kTime);
  writer.section("organization", [&](MappingWriter& below) {
    below.integer("channels", standard.counts[0]);
    below.integer("pseudo_channels", standard.counts[1]);
    below.integer("ranks", standard.counts[2]);
    below.integer("bank_groups", standard.counts[3]);
    below.integer("banks", standard.counts[4]);
    below.integer("rows", standard.rows);
    below.integer("columns", standard.columns);
    below.bytes("column_width", standard.column_bytes);
    below.integer("burst_columns", standard.burst_columns);
  });
  writer.integer("burst", standard.burst_cycles);
  writer.integer("read_latency", standard.read_latency_cycles);
  writer.integer("write_latency", standard.write_latency_cycles);
  writer.integer("refresh_interval", standard.refresh_interval_cycles);
  writer.sequence("constraints", standard.constraints,
                  [](MappingWriter& below, const DramConstraint& each) {
                    below.text("level", std::string(kDramLevelNames[ordinal(each.level)]));
                    if (each.siblings) below.boolean("siblings", true);
                    below.names("preceding", names_of(each.preceding));
                    below.names("following", names_of(each.following));
                    below.integer("cycles", each.cycles);
                    if (each.window > 1) below.integer("window", each.window);
                  });
}

}  // namespace systerm
