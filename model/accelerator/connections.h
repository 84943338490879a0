// SPDX-License-Identifier: Apache-2.0
// What is wired to what, as a table for drawings. Accelerator::bind() makes the same connections.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace systerm {

enum class ConnectionKind : std::uint8_t {
  kMemoryMapped,  ///< transactions with an address, in memory or in a slot of a buffer
  kTileStream,    ///< tiles handed on in order
  kRegisters,     ///< register writes, and the settings read from them
  kDescriptors,   ///< work for a unit
  kCompletions,   ///< work that is done
};

/// "memory mapped", "tile stream" ...
std::string_view to_string(ConnectionKind kind);

/// From the socket that calls to the one that is called.
struct Connection {
  std::string from_unit;
  std::string from_socket;
  std::string to_unit;
  std::string to_socket;
  ConnectionKind kind;
};

/// Every connection of an accelerator of so many cores and the one to its memory, core by core. Of
/// each core the masters of the interconnect come in the order of their fixed priority.
const std::vector<Connection>& connections(std::size_t cores = 1);

/// Every unit in the order of its first connection.
const std::vector<std::string>& connected_units(std::size_t cores = 1);

/// Whether there is only one of the unit, whatever the number of cores.
bool is_shared_unit(std::string_view unit);

/// Whether one core tells another of finished work: there are none with a single core.
bool is_between_cores(const Connection& connection);

/// The name of a unit without its core: "array" for "core3_array".
std::string_view unit_kind(std::string_view unit);

}  // namespace systerm
