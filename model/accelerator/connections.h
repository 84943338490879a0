// SPDX-License-Identifier: Apache-2.0
// What is wired to what, as a table for drawings. Accelerator::bind() makes the same connections.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

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
  std::string_view from_unit;
  std::string_view from_socket;
  std::string_view to_unit;
  std::string_view to_socket;
  ConnectionKind kind;
};

/// Every connection of the accelerator and the one to its memory; masters of the interconnect in
/// the order of their fixed priority.
std::span<const Connection> connections();

/// Every unit in the order of its first connection.
std::span<const std::string_view> connected_units();

}  // namespace systerm
