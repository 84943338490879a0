// SPDX-License-Identifier: Apache-2.0
// Energies, areas and leakages of a technology as they were published or measured, each with its
// origin. Nothing here is scaled or composed; PriceList does that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace systerm {

/// How far a number can be trusted.
enum class Confidence : std::uint8_t {
  kMeasured,    ///< on silicon or by synthesis, by who uses it
  kPublished,   ///< as printed in the source
  kSecondHand,  ///< quoted by another than the source
  kDerived,     ///< computed from published numbers, in the way that `includes` says
  kAssumption,  ///< a stated guess of ours
};

struct Origin {
  std::string includes;  ///< what the number stands for and what it leaves out
  std::string source;
  Confidence confidence = Confidence::kPublished;
};

enum class Scaling : std::uint8_t {
  kLogic,  ///< with node and voltage (scaling.h)
  kNone,   ///< taken as it is at any node
};

/// An operation of logic at one width.
struct OperationPoint {
  double width_bits = 0.0;
  double energy_pj = 0.0;
  std::optional<double> area_um2;
};

struct OperationEntry {
  std::string name;    ///< registered (operation_registry.h)
  std::string family;  ///< of results that may be compared with each other; own measurements: "own"
  double node_nm = 0.0;
  double voltage = 0.0;
  Scaling scaling = Scaling::kLogic;
  double width_exponent = 1.0;  ///< beyond the points energy and area grow with width^this
  Origin origin;
  Origin area_origin;  ///< of the areas, where there are any
  std::vector<OperationPoint> points;
};

/// A whole event of a unit, such as `array.term_pair`, from synthesis: replaces its composition.
struct EventEntry {
  std::string name;
  double energy_pj = 0.0;
  double node_nm = 0.0;
  double voltage = 0.0;
  Origin origin;
};

/// One memory macro of a capacity and port width.
struct MemoryPoint {
  double capacity_bytes = 0.0;
  double width_bits = 0.0;
  double read_pj = 0.0;
  std::optional<double> write_pj;
  std::optional<double> leakage_mw;
  std::optional<double> area_um2;
};

/// Figures of a bit of a memory of any capacity.
struct MemoryBit {
  double read_pj = 0.0;
  double write_pj = 0.0;
  std::optional<double> refresh_pj;
  std::optional<double> leakage_mw;
  std::optional<double> area_um2;
};

/// On-chip memory: a built-in table, points, or figures a bit. Never scaled to another node.
struct MemoryEntry {
  std::string name;
  std::string cell;      ///< of the built-in CACTI 7 table (cacti_table.h); empty for own figures
  double node_nm = 0.0;  ///< of points and bits; a built-in table has several
  double voltage = 0.0;
  double temperature_k = 300.0;  ///< that the leakage holds for
  Origin origin;
  std::vector<MemoryPoint> points;
  std::optional<MemoryBit> bit;
};

/// Currents of one supply of a DRAM device (JEDEC names), mA.
struct DramRail {
  double voltage = 0.0;
  double idd0 = 0.0;
  double idd2n = 0.0;
  double idd3n = 0.0;
  double idd4r = 0.0;
  double idd4w = 0.0;
  double idd5 = 0.0;
};

struct DramCurrents {
  int devices = 1;  ///< that work together
  double clock_ps = 0.0;
  int rc_cycles = 0;
  int ras_cycles = 0;
  int rp_cycles = 0;
  int burst_cycles = 0;  ///< of the data bus
  int rfc_cycles = 0;
  std::vector<DramRail> rails;
};

/// Energy of one command of all devices that work together, and power while they stand by.
struct DramCommands {
  double activate_precharge_pj = 0.0;
  double read_pj = 0.0;
  double write_pj = 0.0;
  double refresh_pj = 0.0;
  double active_standby_mw = 0.0;
  double precharged_standby_mw = 0.0;
};

struct DramEntry {
  std::string name;
  Origin origin;
  std::optional<double> bit_pj;  ///< flat figure of a transferred bit, everything included
  std::optional<DramCurrents> currents;
  std::optional<DramCommands> commands;
};

/// Leakage of logic; with the temperature that of memories as well.
struct LeakageRule {
  double power_per_mm2_mw = 0.0;
  double temperature_k = 300.0;
  double doubling_k = 10.0;  ///< degrees that double it
  Origin origin;
};

/// Resources of a part of a unit on an FPGA.
struct FpgaPart {
  std::string name;
  std::int64_t lut = 0;
  std::int64_t ff = 0;
  Origin origin;
};

struct FpgaTable {
  std::string device;
  std::int64_t bram_bits = 0;
  std::int64_t bram_width = 0;
  Origin origin;  ///< of the block RAM
  std::vector<FpgaPart> parts;
};

/// A factor on the price of an event, stated in the results.
struct CalibrationFactor {
  std::string name;  ///< UNIT.EVENT
  double factor = 1.0;
  std::string anchor;  ///< published figure that it is set for
};

/// The memory of one unit, where it is not the default.
struct MemoryChoice {
  std::string name;  ///< of the unit
  std::string memory;
};

struct Technology {
  std::string name;
  std::string description;
  double node_nm = 45.0;  ///< that the design is built in
  double voltage = 0.9;
  double temperature_k = 300.0;
  double bus_length_mm = 5.0;  ///< that a bit travels over the interconnect
  std::string memory;          ///< of buffers and accumulators
  std::vector<MemoryChoice> memory_of;
  std::string dram;
  std::vector<OperationEntry> operations;
  std::vector<EventEntry> events;
  std::vector<MemoryEntry> memories;
  std::vector<DramEntry> drams;
  std::optional<LeakageRule> leakage;
  std::optional<FpgaTable> fpga;
  std::vector<CalibrationFactor> calibration;
};

}  // namespace systerm
