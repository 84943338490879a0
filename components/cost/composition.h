// SPDX-License-Identifier: Apache-2.0
// What the events and the parts of a unit are composed of: operations of logic, accesses of
// memories, commands of a DRAM. Units say it, a PriceList prices it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace systerm {

/// `count` operations of logic on `width_bits` (operation_registry.h has the names).
struct LogicUse {
  std::string operation;
  double width_bits = 1.0;
  double count = 1.0;
};

/// One array of memory cells with its port.
struct MemoryMacro {
  double capacity_bytes = 0.0;
  double width_bits = 0.0;
};

/// Bits that travel the length of the bus.
struct WireUse {
  double bits = 1.0;
};

enum class MemoryAction : std::uint8_t {
  kRead,     ///< of one word
  kWrite,    ///< of one word
  kRefresh,  ///< of one bit
};

struct MemoryUse {
  MemoryAction action = MemoryAction::kRead;
  MemoryMacro macro;
  double count = 1.0;
};

enum class DramAction : std::uint8_t {
  kBit,                ///< transferred, where only bytes are counted
  kActivatePrecharge,  ///< a row opened and closed again
  kRead,               ///< a burst
  kWrite,              ///< a burst
  kRefresh,            ///< all banks
  kActiveStandby,      ///< a nanosecond with an open row
  kPrechargedStandby,  ///< a nanosecond without
};
inline constexpr std::size_t kDramActions = 7;

struct DramUse {
  DramAction action = DramAction::kBit;
  double count = 1.0;
  std::string standard{};  ///< that the commands are of; empty for bits
};

using Use = std::variant<LogicUse, WireUse, MemoryUse, DramUse>;

/// A counter of a unit and what each count takes.
struct EventCost {
  std::string event;
  std::vector<Use> uses;
  bool is_static = false;  ///< energy of waiting, such as standby
};

struct MemoryPart {
  MemoryMacro macro;
  std::int64_t count = 1;
};

/// `count` parts that have an entry of their own in tables of FPGA resources.
struct FpgaUse {
  std::string part;
  std::int64_t count = 1;
};

struct UnitCost {
  std::string unit;
  std::vector<EventCost> events{};
  std::vector<LogicUse> logic{};       ///< what it is built of, for area and leakage
  std::vector<MemoryPart> memories{};  ///< likewise
  std::vector<FpgaUse> fpga{};
  bool on_chip = true;  ///< false: it has no part in area and leakage
};

}  // namespace systerm
