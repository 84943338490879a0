// SPDX-License-Identifier: Apache-2.0
#include "model/accelerator/connections.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "model/accelerator/core.h"

namespace systerm {
namespace {

using enum ConnectionKind;

struct Wire {
  std::string_view from_unit;
  std::string_view from_socket;
  std::string_view to_unit;
  std::string_view to_socket;
  ConnectionKind kind;
};

constexpr std::array kWires = {
    Wire{"command_processor", "registers", "precision_controller", "registers", kRegisters},
    Wire{"command_processor", "weight_dma", "weight_dma", "descriptors", kDescriptors},
    Wire{"command_processor", "data_dma", "data_dma", "descriptors", kDescriptors},
    Wire{"command_processor", "operand_dma", "operand_dma", "descriptors", kDescriptors},
    Wire{"command_processor", "store_dma", "store_dma", "descriptors", kDescriptors},
    Wire{"command_processor", "weight_loader", "weight_loader", "descriptors", kDescriptors},
    Wire{"command_processor", "encoder", "encoder", "descriptors", kDescriptors},
    Wire{"command_processor", "vector_unit", "vector_unit", "descriptors", kDescriptors},
    Wire{"store_dma", "completion", "command_processor", "completions", kCompletions},
    Wire{"store_dma", "memory", "interconnect", "masters", kMemoryMapped},
    Wire{"data_dma", "memory", "interconnect", "masters", kMemoryMapped},
    Wire{"weight_dma", "memory", "interconnect", "masters", kMemoryMapped},
    Wire{"operand_dma", "memory", "interconnect", "masters", kMemoryMapped},
    Wire{"interconnect", "memory", "dram", "port", kMemoryMapped},
    Wire{"weight_dma", "buffer", "weight_buffer", "write_port", kMemoryMapped},
    Wire{"weight_loader", "buffer", "weight_buffer", "read_port", kMemoryMapped},
    Wire{"data_dma", "buffer", "data_buffer", "write_port", kMemoryMapped},
    Wire{"encoder", "buffer", "data_buffer", "read_port", kMemoryMapped},
    Wire{"operand_dma", "buffer", "operand_buffer", "write_port", kMemoryMapped},
    Wire{"vector_unit", "operand_buffer", "operand_buffer", "read_port", kMemoryMapped},
    Wire{"vector_unit", "result_buffer", "result_buffer", "write_port", kMemoryMapped},
    Wire{"store_dma", "buffer", "result_buffer", "read_port", kMemoryMapped},
    Wire{"weight_loader", "array", "array", "weights", kTileStream},
    Wire{"encoder", "array", "array", "data", kTileStream},
    Wire{"array", "sums", "accumulators", "sums", kTileStream},
    Wire{"accumulators", "results", "vector_unit", "sums", kTileStream},
    Wire{"encoder", "settings", "precision_controller", "settings_export", kRegisters},
};

}  // namespace

bool is_shared_unit(std::string_view unit) { return unit == "interconnect" || unit == "dram"; }

bool is_between_cores(const Connection& connection) {
  return connection.to_socket == "notifications";
}

std::string_view to_string(ConnectionKind kind) {
  switch (kind) {
    case kMemoryMapped:
      return "memory mapped";
    case kTileStream:
      return "tile stream";
    case kRegisters:
      return "registers";
    case kDescriptors:
      return "descriptors";
    case kCompletions:
      return "completions";
  }
  return "";
}

const std::vector<Connection>& connections(std::size_t cores) {
  static std::map<std::size_t, std::vector<Connection>> known;
  std::vector<Connection>& all = known[cores];
  if (!all.empty()) return all;
  for (std::size_t core = 0; core < cores; ++core) {
    const std::string prefix = core_prefix(core, cores);
    const auto name = [&](std::string_view unit) {
      return (is_shared_unit(unit) ? "" : prefix) + std::string(unit);
    };
    for (const Wire& wire : kWires) {
      if (is_shared_unit(wire.from_unit) && core > 0) continue;
      all.push_back({name(wire.from_unit), std::string(wire.from_socket), name(wire.to_unit),
                     std::string(wire.to_socket), wire.kind});
    }
    for (std::size_t peer = 0; peer < cores; ++peer) {
      if (peer == core) continue;
      all.push_back({prefix + "command_processor", "to_core" + std::to_string(peer),
                     core_prefix(peer, cores) + "command_processor", "notifications",
                     kCompletions});
    }
  }
  return all;
}

const std::vector<std::string>& connected_units(std::size_t cores) {
  static std::map<std::size_t, std::vector<std::string>> known;
  std::vector<std::string>& units = known[cores];
  if (!units.empty()) return units;
  for (const Connection& each : connections(cores)) {
    for (const std::string& unit : {each.from_unit, each.to_unit}) {
      if (std::find(units.begin(), units.end(), unit) == units.end()) units.push_back(unit);
    }
  }
  return units;
}

std::string_view unit_kind(std::string_view unit) {
  if (!unit.starts_with("core")) return unit;
  const std::size_t end = unit.find_first_not_of("0123456789", 4);
  return end > 4 && end < unit.size() && unit[end] == '_' ? unit.substr(end + 1) : unit;
}

}  // namespace systerm
