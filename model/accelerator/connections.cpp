// SPDX-License-Identifier: Apache-2.0
#include "model/accelerator/connections.h"

#include <algorithm>
#include <array>
#include <vector>

namespace systerm {
namespace {

using enum ConnectionKind;

constexpr std::array kConnections = {
    Connection{"command_processor", "registers", "precision_controller", "registers", kRegisters},
    Connection{"command_processor", "weight_dma", "weight_dma", "descriptors", kDescriptors},
    Connection{"command_processor", "data_dma", "data_dma", "descriptors", kDescriptors},
    Connection{"command_processor", "operand_dma", "operand_dma", "descriptors", kDescriptors},
    Connection{"command_processor", "store_dma", "store_dma", "descriptors", kDescriptors},
    Connection{"command_processor", "weight_loader", "weight_loader", "descriptors", kDescriptors},
    Connection{"command_processor", "encoder", "encoder", "descriptors", kDescriptors},
    Connection{"command_processor", "vector_unit", "vector_unit", "descriptors", kDescriptors},
    Connection{"store_dma", "completion", "command_processor", "completions", kCompletions},
    Connection{"store_dma", "memory", "interconnect", "masters", kMemoryMapped},
    Connection{"data_dma", "memory", "interconnect", "masters", kMemoryMapped},
    Connection{"weight_dma", "memory", "interconnect", "masters", kMemoryMapped},
    Connection{"operand_dma", "memory", "interconnect", "masters", kMemoryMapped},
    Connection{"interconnect", "memory", "dram", "port", kMemoryMapped},
    Connection{"weight_dma", "buffer", "weight_buffer", "write_port", kMemoryMapped},
    Connection{"weight_loader", "buffer", "weight_buffer", "read_port", kMemoryMapped},
    Connection{"data_dma", "buffer", "data_buffer", "write_port", kMemoryMapped},
    Connection{"encoder", "buffer", "data_buffer", "read_port", kMemoryMapped},
    Connection{"operand_dma", "buffer", "operand_buffer", "write_port", kMemoryMapped},
    Connection{"vector_unit", "operand_buffer", "operand_buffer", "read_port", kMemoryMapped},
    Connection{"vector_unit", "result_buffer", "result_buffer", "write_port", kMemoryMapped},
    Connection{"store_dma", "buffer", "result_buffer", "read_port", kMemoryMapped},
    Connection{"weight_loader", "array", "array", "weights", kTileStream},
    Connection{"encoder", "array", "array", "data", kTileStream},
    Connection{"array", "sums", "accumulators", "sums", kTileStream},
    Connection{"accumulators", "results", "vector_unit", "sums", kTileStream},
    Connection{"encoder", "settings", "precision_controller", "settings_export", kRegisters},
};

std::vector<std::string_view> units_in_order() {
  std::vector<std::string_view> units;
  for (const Connection& each : kConnections) {
    for (const std::string_view unit : {each.from_unit, each.to_unit}) {
      if (std::find(units.begin(), units.end(), unit) == units.end()) units.push_back(unit);
    }
  }
  return units;
}

}  // namespace

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

std::span<const Connection> connections() { return kConnections; }

std::span<const std::string_view> connected_units() {
  static const std::vector<std::string_view> units = units_in_order();
  return units;
}

}  // namespace systerm
