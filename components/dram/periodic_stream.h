// SPDX-License-Identifier: Apache-2.0
// A period of a stream that visits several banks in turn: when each of its bursts entered a queue
// and when it was served. If the next period begins in the same state, it repeats.
#pragma once

#include <cstdint>
#include <vector>

#include "components/dram/command_timing.h"

namespace systerm {

class StreamPeriod {
 public:
  struct Event {
    std::uint64_t sequence = 0;
    std::size_t bank = 0;
    DramCycle time = 0;
  };

  bool is_recording() const { return recording_; }
  void stop() { recording_ = false; }
  /// `length` bursts, a power of two, from the address `burst` on, in the given state.
  void start(std::uint64_t burst, std::uint64_t length, DramCycle time,
             std::vector<std::int64_t>& state);
  /// Whether exactly this period has passed, and has come back to its state.
  bool repeats(std::uint64_t burst, const std::vector<std::int64_t>& state) const;

  void enter(std::uint64_t sequence, DramCycle time) { entered_.push_back({sequence, 0, time}); }
  void serve(std::uint64_t sequence, std::size_t bank, DramCycle time) {
    served_.push_back({sequence, bank, time});
  }

  std::uint64_t length() const { return std::uint64_t{1} << length_bits_; }
  DramCycle start_time() const { return start_time_; }
  const std::vector<Event>& served() const { return served_; }
  /// Before the functions below, once the period has passed. False if its bursts are not
  /// consecutive.
  bool order();

  /// How many bursts of [first, end) are served in `repetitions` further periods of `cycles`, and
  /// when the last of them is.
  struct Share {
    std::uint64_t bursts = 0;
    DramCycle last = 0;
  };
  Share served_again(std::uint64_t first, std::uint64_t end, std::uint64_t repetitions,
                     DramCycle cycles) const;
  /// When a burst that follows the period enters a queue.
  DramCycle enters_again(std::uint64_t sequence, DramCycle cycles) const;

 private:
  bool recording_ = false;
  std::uint64_t burst_ = 0;
  int length_bits_ = 0;
  DramCycle start_time_ = 0;
  std::vector<std::int64_t> state_;
  std::vector<Event> served_;
  std::vector<Event> entered_;
};

}  // namespace systerm
