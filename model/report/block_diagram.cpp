// SPDX-License-Identifier: Apache-2.0
#include "model/report/block_diagram.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "model/accelerator/connections.h"
#include "model/accelerator/core.h"
#include "model/design/design_fields.h"

namespace systerm {
namespace {

template <typename T, std::size_t kSize>
std::string_view choice_name(const std::array<Choice<T>, kSize>& choices, T value) {
  for (const auto& each : choices) {
    if (each.value == value) return each.name;
  }
  return "?";
}

std::string bytes_text(std::int64_t bytes) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (unit + 1 < kUnits.size() && bytes >= 1024 && bytes % 1024 == 0) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{} {}", bytes, kUnits[unit]);
}

std::string buffer_summary(const BufferConfig& buffer) {
  std::string text =
      fmt::format("{}, {} slots, {} banks of {} B a cycle, ports {}", bytes_text(buffer.bytes),
                  buffer.slots, buffer.banks, buffer.bank_width_bytes, buffer.ports);
  if (buffer.memory == "edram") {
    text += fmt::format(", eDRAM that keeps data for {:g} us, refresh {}",
                        buffer.edram.retention_at_work() * 1e6,
                        choice_name(kRefreshPolicyNames, buffer.edram.refresh));
  } else if (buffer.memory != "sram") {
    text += ", " + buffer.memory;
  }
  return text;
}

std::size_t cores_of(const Design& design) { return static_cast<std::size_t>(design.cores.count); }

std::string dot_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

std::string_view edge_style(ConnectionKind kind) {
  switch (kind) {
    case ConnectionKind::kMemoryMapped:
      return "solid";
    case ConnectionKind::kTileStream:
      return "bold";
    case ConnectionKind::kRegisters:
      return "dotted";
    case ConnectionKind::kDescriptors:
    case ConnectionKind::kCompletions:
      return "dashed";
  }
  return "solid";
}

}  // namespace

std::string unit_summary(const Design& design, std::string_view name) {
  const std::string_view unit = unit_kind(name);
  if (unit == "command_processor") {
    return fmt::format("{} cycles a descriptor", design.command_processor.descriptor_cycles);
  }
  if (unit == "precision_controller") {
    return fmt::format("{} cycles a register write",
                       design.precision_controller.register_write_cycles);
  }
  if (unit.ends_with("_dma")) {
    return fmt::format("bursts of {}, {} outstanding", bytes_text(design.dma.burst_bytes),
                       design.dma.outstanding);
  }
  if (unit == "interconnect") {
    return fmt::format("{} B a cycle, {}", design.interconnect.bytes_per_cycle,
                       choice_name(kArbitrationNames, design.interconnect.arbitration));
  }
  if (unit == "dram" && design.dram.model == DramModel::kBanks) {
    return fmt::format("{}, {}, {:.4g} GB/s, mapping {}, {}", design.dram.standard->name,
                       bytes_text(design.dram.bytes), design.dram.bytes_per_second * 1e-9,
                       design.dram.mapping, design.dram.controller.scheduler);
  }
  if (unit == "dram") {
    return fmt::format("{}, {:g} GB/s, {:g} ns", bytes_text(design.dram.bytes),
                       design.dram.bytes_per_second * 1e-9, design.dram.latency_seconds * 1e9);
  }
  if (unit == "weight_buffer") return buffer_summary(design.weight_buffer);
  if (unit == "data_buffer") return buffer_summary(design.data_buffer);
  if (unit == "operand_buffer") return buffer_summary(design.operand_buffer);
  if (unit == "result_buffer") return buffer_summary(design.result_buffer);
  if (unit == "weight_loader") {
    return fmt::format("{} cycles a row", design.weight_loader.cycles_per_row);
  }
  if (unit == "encoder") {
    return fmt::format("{} lanes, {} cycles a value, comparator {}", design.encoder.lanes,
                       design.encoder.cycles_per_value, design.encoder.comparator_cycles);
  }
  if (unit == "array") {
    return fmt::format(
        "{} x {} {}, {}, beat {}, {} weight sets", design.array.rows, design.array.columns,
        design.array.cell, choice_name(kDataflowNames, design.array.dataflow),
        choice_name(kBeatSyncNames, design.array.beat_sync), design.array.weight_sets);
  }
  if (unit == "accumulators") {
    return fmt::format("{}, {} slots", bytes_text(design.accumulators.bytes),
                       design.accumulators.slots);
  }
  if (unit == "vector_unit") {
    return fmt::format("{} lanes, {} cycles a word", design.vector_unit.lanes,
                       design.vector_unit.cycles_per_word);
  }
  throw std::invalid_argument(fmt::format("no unit '{}'", unit));
}

std::string cores_text(const Design& design) {
  return fmt::format("{} cores that share the memory, split by {}\n", design.cores.count,
                     choice_name(kCoreSplitNames, design.cores.split));
}

namespace {

/// Each unit, and what its sockets call.
std::string text_of_units(const Design& design, const std::vector<Connection>& wires,
                          const std::vector<std::string>& units) {
  std::size_t socket_width = 0;
  std::size_t target_width = 0;
  for (const Connection& each : wires) {
    socket_width = std::max(socket_width, each.from_socket.size());
    target_width = std::max(target_width, each.to_unit.size() + 1 + each.to_socket.size());
  }
  std::string text;
  for (const std::string& unit : units) {
    text += fmt::format("{} ({})\n", unit, unit_summary(design, unit));
    for (const Connection& each : wires) {
      if (each.from_unit != unit) continue;
      text += fmt::format("  +- {:<{}} -> {:<{}}  [{}]\n", each.from_socket, socket_width,
                          fmt::format("{}.{}", each.to_unit, each.to_socket), target_width,
                          to_string(each.kind));
    }
  }
  return text;
}

/// What all share with the masters of every core, then the inside of one, as all are alike.
std::string text_of_cores(const Design& design) {
  const std::size_t cores = cores_of(design);
  std::string text = fmt::format("dram ({})\n", unit_summary(design, "dram"));
  text += fmt::format("  +- port <- interconnect ({})\n", unit_summary(design, "interconnect"));
  for (std::size_t core = 0; core < cores; ++core) {
    const std::string prefix = core_prefix(core, cores);
    std::string masters;
    for (const Connection& each : connections(cores)) {
      if (each.to_unit != "interconnect" || !each.from_unit.starts_with(prefix)) continue;
      masters += (masters.empty() ? "" : ", ") + each.from_unit;
    }
    text += fmt::format("       +- masters <- core {}: {}\n", core, masters);
  }
  text += fmt::format(
      "  every command_processor tells those of the {} other cores which layers are done\n"
      "  [to_core0 to to_core{} -> notifications, completions]\n\n"
      "each of core0 to core{}\n",
      cores - 1, cores - 1, cores - 1);
  std::vector<std::string> units = connected_units();
  std::erase_if(units, is_shared_unit);
  return text + text_of_units(design, connections(), units);
}

std::string dot_node(const Design& design, const std::string& unit) {
  return fmt::format("  {} [label={}];\n", unit,
                     dot_string(fmt::format("{}\n{}", unit, unit_summary(design, unit))));
}

/// The wires between all command processors, drawn through one point.
std::string dot_notifications(std::size_t cores) {
  std::string text = "  notifications [shape=point, xlabel=\"completions\"];\n";
  for (std::size_t core = 0; core < cores; ++core) {
    text += fmt::format("  {}command_processor -> notifications [dir=both, style={}];\n",
                        core_prefix(core, cores), edge_style(ConnectionKind::kCompletions));
  }
  return text;
}

}  // namespace

std::string text_diagram(const Design& design) {
  return design.cores.count == 1 ? text_of_units(design, connections(), connected_units())
                                 : text_of_cores(design);
}

std::string dot_diagram(const Design& design) {
  const std::size_t cores = cores_of(design);
  std::string text =
      fmt::format("digraph {} {{\n  rankdir=LR;\n  node [shape=box];\n", dot_string(design.name));
  for (std::size_t core = 0; core < cores; ++core) {
    const std::string prefix = core_prefix(core, cores);
    if (cores > 1) {
      text +=
          fmt::format("  subgraph cluster_core{0} {{\n  label=\"core {0}\"; style=dashed;\n", core);
    }
    for (const std::string& unit : connected_units(cores)) {
      if (is_shared_unit(unit) || !unit.starts_with(prefix)) continue;
      text += dot_node(design, unit);
    }
    if (cores > 1) text += "  }\n";
  }
  for (const std::string& unit : connected_units(cores)) {
    if (is_shared_unit(unit)) text += dot_node(design, unit);
  }
  if (cores > 1) text += dot_notifications(cores);
  for (const Connection& each : connections(cores)) {
    if (is_between_cores(each)) continue;
    text += fmt::format("  {} -> {} [taillabel={}, headlabel={}, style={}, tooltip={}];\n",
                        each.from_unit, each.to_unit, dot_string(each.from_socket),
                        dot_string(each.to_socket), edge_style(each.kind),
                        dot_string(to_string(each.kind)));
  }
  return text + "}\n";
}

}  // namespace systerm
