// SPDX-License-Identifier: Apache-2.0
#include "model/design/check_technology.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "components/cost/cacti_table.h"
#include "components/cost/dram_commands.h"
#include "components/cost/operation_registry.h"
#include "components/cost/scaling.h"
#include "workloads/document/nearest_name.h"

namespace systerm {
namespace {

/// The family of numbers that a user measured: goes with any other.
constexpr const char* kOwnFamily = "own";

template <typename T>
std::vector<std::string> names_of(const std::vector<T>& entries) {
  std::vector<std::string> names;
  for (const T& each : entries) names.push_back(each.name);
  return names;
}

class TechnologyCheck {
 public:
  TechnologyCheck(const Technology& technology, const Node& node)
      : technology_(technology), node_(node) {}

  void run() const {
    if (const auto refused = scaling_refuses(process())) report("node", *refused);
    for (const OperationEntry& entry : technology_.operations) check_operation(entry);
    check_families();
    for (const EventEntry& entry : technology_.events) {
      const std::string path = key_path("events", entry.name);
      check_origin(path, entry.origin);
      check_process(path, {entry.node_nm, entry.voltage});
    }
    for (const MemoryEntry& entry : technology_.memories) check_memory(entry);
    for (const DramEntry& entry : technology_.drams) check_dram(entry);
    check_choices();
    if (technology_.leakage) check_origin("leakage", technology_.leakage->origin);
    if (technology_.fpga) {
      check_origin("fpga", technology_.fpga->origin);
      for (const FpgaPart& part : technology_.fpga->parts) {
        check_origin("fpga.parts." + part.name, part.origin);
      }
    }
  }

 private:
  Process process() const { return {technology_.node_nm, technology_.voltage}; }

  void report(std::string_view path, std::string message) const {
    if (!node_.diagnostics().contains(key_path(node_.path(), path))) {
      node_.error_at(path, std::move(message));
    }
  }

  void check_origin(const std::string& path, const Origin& origin) const {
    if (origin.source.empty()) {
      report(path + ".source",
             "an entry without a source is refused; say where the number is from");
    }
    if (origin.includes.empty()) {
      report(path + ".includes", "say what the number includes and what it leaves out");
    }
  }

  void check_process(const std::string& path, const Process& from) const {
    if (from == process()) return;
    if (const auto refused = scaling_refuses(from)) report(path + ".node", *refused);
  }

  void check_operation(const OperationEntry& entry) const {
    const std::string path = key_path("operations", entry.name);
    if (!is_operation(entry.name)) {
      report(path, "no such operation; " + suggest_name(entry.name, operation_names()));
    }
    check_origin(path, entry.origin);
    if (entry.scaling == Scaling::kLogic) check_process(path, {entry.node_nm, entry.voltage});
    if (entry.points.empty()) report(path + ".points", "an operation needs at least one point");
    bool has_area = false;
    for (std::size_t i = 0; i < entry.points.size(); ++i) {
      has_area = has_area || entry.points[i].area_um2.has_value();
      if (i > 0) check_order(item_path(path + ".points", i), entry.points[i - 1], entry.points[i]);
    }
    if (has_area) check_origin(path + ".area_origin", entry.area_origin);
  }

  void check_order(const std::string& path, const OperationPoint& narrow,
                   const OperationPoint& wide) const {
    if (wide.width_bits <= narrow.width_bits) {
      report(path + ".width", "points must be in the order of their widths, each once");
    } else if (wide.energy_pj < narrow.energy_pj) {
      report(path + ".energy", "a wider operation cannot take less than a narrower one");
    } else if (wide.area_um2 && narrow.area_um2 && *wide.area_um2 < *narrow.area_um2) {
      report(path + ".area", "a wider operation cannot be smaller than a narrower one");
    }
  }

  /// Numbers of different authors, libraries and methods give no sum that means anything.
  void check_families() const {
    const OperationEntry* first = nullptr;
    for (const OperationEntry& entry : technology_.operations) {
      if (entry.family == kOwnFamily || entry.scaling == Scaling::kNone) continue;
      if (first == nullptr) first = &entry;
      if (entry.family == first->family) continue;
      report(key_path("operations", entry.name) + ".family",
             fmt::format("'{}' is not mixed with '{}' of operations.{} in one technology; numbers "
                         "that you measured yourself are of family {}",
                         entry.family, first->family, first->name, kOwnFamily));
    }
  }

  void check_memory(const MemoryEntry& entry) const {
    const std::string path = key_path("memories", entry.name);
    check_origin(path, entry.origin);
    const int kinds =
        int{!entry.cell.empty()} + int{!entry.points.empty()} + int{entry.bit.has_value()};
    if (kinds != 1) report(path, "give exactly one of cacti, points and bit");
    if (!entry.cell.empty()) {
      std::vector<std::string> cells;
      for (const CactiRow& row : cacti_rows()) {
        if (cells.empty() || cells.back() != row.cell) cells.emplace_back(row.cell);
      }
      if (std::ranges::find(cells, entry.cell) == cells.end()) {
        report(path + ".cacti",
               fmt::format("no such cell '{}'; {}", entry.cell, suggest_name(entry.cell, cells)));
      }
    }
    for (std::size_t i = 1; i < entry.points.size(); ++i) {
      const MemoryPoint& small = entry.points[i - 1];
      const MemoryPoint& large = entry.points[i];
      const std::string point = item_path(path + ".points", i);
      if (large.width_bits == small.width_bits && large.capacity_bytes <= small.capacity_bytes) {
        report(point + ".capacity", "points of a width must be in the order of their capacities");
      } else if (large.width_bits == small.width_bits && large.read_pj < small.read_pj) {
        report(point + ".read", "a larger memory cannot take less than a smaller one");
      }
    }
  }

  void check_dram(const DramEntry& entry) const {
    const std::string path = key_path("drams", entry.name);
    check_origin(path, entry.origin);
    if (!entry.bit_pj && !entry.currents && !entry.commands) {
      report(path, "give at least one of bit_energy, currents and commands");
    }
    if (entry.currents && entry.commands) {
      report(path + ".commands", "currents give the energies of commands already; remove one");
    }
    if (!entry.currents) return;
    if (entry.currents->rails.empty()) report(path + ".currents.supplies", "give a supply");
    const DramCommands commands = dram_commands(*entry.currents);
    if (commands.activate_precharge_pj <= 0.0 || commands.read_pj <= 0.0 ||
        commands.write_pj <= 0.0 || commands.refresh_pj <= 0.0) {
      report(path + ".currents",
             "the currents give a command an energy that is not positive: IDD0, IDD4 and IDD5 must "
             "exceed what standby draws in the same time");
    }
  }

  void check_choices() const {
    check_choice("memory", technology_.memory, names_of(technology_.memories), "memories");
    check_choice("dram", technology_.dram, names_of(technology_.drams), "drams");
    for (const MemoryChoice& choice : technology_.memory_of) {
      check_choice("memory_of." + choice.name + ".memory", choice.memory,
                   names_of(technology_.memories), "memories");
    }
  }

  void check_choice(const std::string& path, const std::string& name,
                    const std::vector<std::string>& names, const char* section) const {
    if (name.empty() || std::ranges::find(names, name) != names.end()) return;
    report(path, fmt::format("no entry '{}' in {}; {}", name, section, suggest_name(name, names)));
  }

  const Technology& technology_;
  const Node& node_;
};

}  // namespace

void check_technology(const Technology& technology, const Node& node) {
  TechnologyCheck(technology, node).run();
}

}  // namespace systerm
