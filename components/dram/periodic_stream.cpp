// SPDX-License-Identifier: Apache-2.0
#include "components/dram/periodic_stream.h"

#include <algorithm>
#include <bit>

namespace systerm {

void StreamPeriod::start(std::uint64_t burst, std::uint64_t length, DramCycle time,
                         std::vector<std::int64_t>& state) {
  recording_ = true;
  burst_ = burst;
  length_bits_ = std::countr_zero(length);
  start_time_ = time;
  state_.swap(state);
  served_.clear();
  entered_.clear();
}

bool StreamPeriod::repeats(std::uint64_t burst, const std::vector<std::int64_t>& state) const {
  return recording_ && burst == burst_ + length() && served_.size() == length() &&
         entered_.size() == length() && state == state_;
}

bool StreamPeriod::order() {
  const auto by_place = [](std::vector<Event>& events) {
    const std::uint64_t length = events.size();
    std::ranges::sort(events, {}, [length](const Event& each) { return each.sequence % length; });
    for (std::uint64_t i = 0; i < length; ++i) {
      if (events[i].sequence % length != i) return false;
    }
    return true;
  };
  return by_place(served_) && by_place(entered_);
}

StreamPeriod::Share StreamPeriod::served_again(std::uint64_t first, std::uint64_t end,
                                               std::uint64_t repetitions, DramCycle cycles) const {
  Share share;
  const auto period = static_cast<std::int64_t>(length());
  const auto add = [&](const Event& event, std::int64_t from, std::int64_t to) {
    // Repetition k serves the burst with number sequence + k period; shifts round down.
    const std::int64_t lowest = std::max<std::int64_t>(1, (from + period - 1) >> length_bits_);
    const std::int64_t highest =
        std::min<std::int64_t>(static_cast<std::int64_t>(repetitions), (to - 1) >> length_bits_);
    if (to <= 0 || lowest > highest) return;
    share.bursts += static_cast<std::uint64_t>(highest - lowest + 1);
    share.last = std::max(share.last, event.time + highest * cycles);
  };
  const auto distance = [](std::uint64_t to, std::uint64_t from) {
    return static_cast<std::int64_t>(to) - static_cast<std::int64_t>(from);
  };
  if (end - first >= length()) {
    for (const Event& event : served_) {
      add(event, distance(first, event.sequence), distance(end, event.sequence));
    }
  } else {
    for (std::uint64_t burst = first; burst < end; ++burst) {
      const Event& event = served_[burst & (length() - 1)];
      add(event, distance(burst, event.sequence), distance(burst + 1, event.sequence));
    }
  }
  return share;
}

DramCycle StreamPeriod::enters_again(std::uint64_t sequence, DramCycle cycles) const {
  const Event& event = entered_[sequence & (length() - 1)];
  return event.time + static_cast<DramCycle>((sequence - event.sequence) >> length_bits_) * cycles;
}

}  // namespace systerm
