// SPDX-License-Identifier: Apache-2.0
// Where the time of a unit with a process goes: it has nothing to do, works, or waits for others.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <systemc>

#include "components/transport/clock.h"
#include "components/transport/statistics.h"

namespace systerm {

class TimeAccount {
 public:
  enum class State : std::uint8_t { kIdle, kBusy, kStalled };

  /// From now on the unit is in `state`.
  void enter(State state) {
    const std::uint64_t now = sc_core::sc_time_stamp().value();
    const std::uint64_t covered = std::clamp<std::uint64_t>(busy_until_, since_, now) - since_;
    time_[static_cast<std::size_t>(State::kBusy)] += covered;
    time_[static_cast<std::size_t>(state_)] += now - since_ - covered;
    since_ = now;
    state_ = state;
  }
  /// The unit is busy until `time`, whatever state it enters before.
  void work_until(const sc_core::sc_time& time) {
    enter(state_);
    busy_until_ = std::max<std::uint64_t>(busy_until_, time.value());
  }
  /// Of the time accounted as `from`, the last `time` was `to` after all.
  void move(State from, State to, const sc_core::sc_time& time) {
    time_[static_cast<std::size_t>(from)] -= time.value();
    time_[static_cast<std::size_t>(to)] += time.value();
  }
  void settle(const Clock& clock) {
    enter(state_);
    for (std::size_t i = 0; i < time_.size(); ++i) {
      cycles_[i] = clock.cycles(sc_core::sc_time::from_value(time_[i]));
    }
  }
  /// Of all states, up to the last change.
  sc_core::sc_time accounted() const {
    return sc_core::sc_time::from_value(time_[0] + time_[1] + time_[2]);
  }
  /// Valid after settle().
  std::int64_t cycles(State state) const { return cycles_[static_cast<std::size_t>(state)]; }
  void register_statistics(Statistics& statistics) {
    statistics.add("idle_cycles", "cycle", "cycles without work", cycles_[0]);
    statistics.add("working_cycles", "cycle", "cycles of work", cycles_[1]);
    statistics.add("stalled_cycles", "cycle", "cycles of waiting for other units", cycles_[2]);
  }

 private:
  std::array<std::uint64_t, 3> time_{};
  std::array<std::int64_t, 3> cycles_{};
  std::uint64_t since_ = 0;
  std::uint64_t busy_until_ = 0;
  State state_ = State::kIdle;
};

}  // namespace systerm
