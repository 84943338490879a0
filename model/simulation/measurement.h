// SPDX-License-Identifier: Apache-2.0
// What a run measured, for one layer or for all of it. Plain integers; ratios are derived at
// output.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "components/array/activity.h"
#include "components/dram/controller.h"

namespace systerm {

/// Payload bytes through one memory.
struct MemoryTraffic {
  std::string memory;
  std::int64_t read = 0;
  std::int64_t written = 0;
};

/// Differences of the units' counters over an interval.
struct Measurement {
  std::int64_t cycles = 0;
  std::int64_t core_cycles = 0;  ///< of all cores; with one core the same as `cycles`
  std::array<std::int64_t, kArrayCauses> array_cycles{};  ///< add up to `core_cycles`
  std::int64_t macs = 0;
  std::int64_t term_pairs = 0;       ///< that the operands hold; an estimate in timing fidelity
  std::int64_t term_pair_bound = 0;  ///< that the beats allot
  std::int64_t cell_cycles = 0;      ///< cycles of cells with work
  std::int64_t vector_unit_cycles = 0;
  std::vector<MemoryTraffic> traffic;   ///< dram first, then the buffers
  std::vector<MemoryTraffic> contents;  ///< of the dram's: words, mantissas, exponents of training
  DramCounts dram;                      ///< all zero for a memory without banks
  std::vector<std::int64_t> events;     ///< that take energy; SimulationResult::events names them

  Measurement& operator+=(const Measurement& other);
  Measurement operator-(const Measurement& earlier) const;
};

struct UnitStatistic {
  std::string unit;
  std::string name;
  std::string measure;  ///< "cycle", "byte" or empty
  std::string description;
  std::int64_t value = 0;
};

}  // namespace systerm
