// SPDX-License-Identifier: Apache-2.0
// The counters of all events that take energy, found once and read often.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "components/transport/hardware_unit.h"

namespace systerm {

struct EventName {
  std::string unit;
  std::string event;

  friend bool operator==(const EventName&, const EventName&) = default;
};

class EventCounters {
 public:
  /// `unit` must outlive the counters.
  void add(const HardwareUnit& unit);

  const std::vector<EventName>& names() const { return names_; }
  /// In the order of `names`.
  std::vector<std::int64_t> values() const;

 private:
  std::vector<EventName> names_;
  std::vector<const std::int64_t*> values_;
};

}  // namespace systerm
