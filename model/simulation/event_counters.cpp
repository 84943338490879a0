// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/event_counters.h"

namespace systerm {

void EventCounters::add(const HardwareUnit& unit) {
  for (const Statistic& statistic : unit.statistics().entries()) {
    if (!statistic.is_event) continue;
    names_.push_back({unit.basename(), statistic.name});
    values_.push_back(statistic.value);
  }
}

std::vector<std::int64_t> EventCounters::values() const {
  std::vector<std::int64_t> values;
  values.reserve(values_.size());
  for (const std::int64_t* value : values_) values.push_back(*value);
  return values;
}

}  // namespace systerm
