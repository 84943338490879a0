// SPDX-License-Identifier: Apache-2.0
// Who wants to know when the hardware works. A unit tells of its own intervals of work; what
// becomes of them is the observer's affair.
#pragma once

#include <cstdint>
#include <string_view>
#include <systemc>

namespace systerm {

class HardwareUnit;

/// The names are literals or outlive the run.
struct WorkInterval {
  std::string_view activity;  ///< "pass", "fill", ...
  sc_core::sc_time begin;
  sc_core::sc_time end;
  /// Parts of a unit work at the same time: slots, bursts under way. Intervals of one part never
  /// overlap and are told in order. Empty for the unit as a whole.
  std::string_view part = {};
  std::int64_t part_number = -1;  ///< of several of that name; -1 for the only one
  std::string_view layer = {};    ///< empty where the unit does not know it
  std::string_view item = {};     ///< what `number` counts: "step", "block", ...
  std::int64_t number = 0;
};

class ActivityObserver {
 public:
  virtual ~ActivityObserver() = default;
  virtual void worked(const HardwareUnit& unit, const WorkInterval& interval) = 0;
};

}  // namespace systerm
