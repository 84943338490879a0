// SPDX-License-Identifier: Apache-2.0
// Counters of a unit: plain integers, registered once with name, unit and a sentence. A counter of
// events that take energy is registered as one; the unit's cost file says what they are composed
// of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace systerm {

struct Statistic {
  std::string name;
  std::string unit;
  std::string description;
  const std::int64_t* value = nullptr;
  bool is_event = false;  ///< has a price
};

class Statistics {
 public:
  void add(std::string name, std::string unit, std::string description, const std::int64_t& value) {
    entries_.push_back({std::move(name), std::move(unit), std::move(description), &value, false});
  }
  void add_event(std::string name, std::string unit, std::string description,
                 const std::int64_t& value) {
    entries_.push_back({std::move(name), std::move(unit), std::move(description), &value, true});
  }
  const std::vector<Statistic>& entries() const { return entries_; }

 private:
  std::vector<Statistic> entries_;
};

}  // namespace systerm
