// SPDX-License-Identifier: Apache-2.0
// Keeps the intervals in which units worked and writes them as trace events, which Perfetto and
// chrome://tracing show: a process a unit, a thread a part of it.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "components/transport/activity_observer.h"
#include "components/transport/clock.h"

namespace systerm {

struct TimelineOptions {
  /// Intervals that touch these cycles are kept, whole.
  std::int64_t from_cycle = 0;
  std::int64_t to_cycle = std::numeric_limits<std::int64_t>::max();
  std::int64_t sample = 1;  ///< keep one of so many, counted for each part of each unit
  std::int64_t maximum_events = 200'000;
};

class Timeline final : public ActivityObserver {
 public:
  Timeline(double clock_hz, const TimelineOptions& options);

  void worked(const HardwareUnit& unit, const WorkInterval& interval) override;

  /// Intervals that `maximum_events` left no room for.
  std::int64_t dropped() const { return dropped_; }
  std::int64_t kept() const { return static_cast<std::int64_t>(events_.size()); }

  /// A JSON object of the trace-event format; times are exact, in microseconds.
  std::string trace_events() const;

 private:
  struct Track {
    std::string unit;
    std::string part;  ///< with its number; empty for the unit as a whole
    std::int64_t seen = 0;
  };
  struct Event {
    std::size_t track;
    std::uint64_t begin_fs;
    std::uint64_t end_fs;
    std::string_view activity;
    std::string_view item;
    std::int64_t number;
    std::size_t layer;  ///< into layers_
  };

  std::size_t track_index(const HardwareUnit& unit, const WorkInterval& interval);
  std::size_t layer_index(std::string_view name);

  const Clock clock_;
  const TimelineOptions options_;
  std::map<std::string, std::size_t, std::less<>> track_index_;
  std::vector<Track> tracks_;
  std::map<std::string, std::size_t, std::less<>> layer_index_;
  std::vector<std::string> layers_;
  std::vector<Event> events_;
  std::int64_t dropped_ = 0;
};

}  // namespace systerm
