// SPDX-License-Identifier: Apache-2.0
// The clock of the accelerator: integer cycles, turned into time in one place. There is no clock
// signal.
#pragma once

#include <cmath>
#include <cstdint>
#include <systemc>

namespace systerm {

class Clock {
 public:
  /// The kernel's time resolution must be 1 fs (set_time_resolution below).
  explicit Clock(double frequency_hz)
      : period_(sc_core::sc_time::from_value(
            static_cast<sc_dt::uint64>(std::llround(1e15 / frequency_hz)))) {}

  double frequency_hz() const { return 1e15 / static_cast<double>(period_.value()); }
  sc_core::sc_time time(std::int64_t cycles) const {
    return sc_core::sc_time::from_value(period_.value() * static_cast<sc_dt::uint64>(cycles));
  }
  /// Whole cycles in `time`; times at clock edges convert exactly.
  std::int64_t cycles(const sc_core::sc_time& time) const {
    return static_cast<std::int64_t>(time.value() / period_.value());
  }
  std::int64_t now() const { return cycles(sc_core::sc_time_stamp()); }
  /// Time from now to the first edge that is not before `time`; zero if `time` has passed.
  sc_core::sc_time until_edge(const sc_core::sc_time& time) const {
    const sc_dt::uint64 now = sc_core::sc_time_stamp().value();
    const sc_dt::uint64 latest = time.value() > now ? time.value() : now;
    const sc_dt::uint64 edge = (latest + period_.value() - 1) / period_.value() * period_.value();
    return sc_core::sc_time::from_value(edge - now);
  }

 private:
  sc_core::sc_time period_;
};

/// 1 fs, so that any clock is met to one part in a million. Once a process, before the first
/// sc_time.
void set_time_resolution();

}  // namespace systerm
