// SPDX-License-Identifier: Apache-2.0
// What every hardware unit shows to the platform: its counters, whether it is done, what it waits
// for.
#pragma once

#include <string>
#include <systemc>

#include "components/transport/activity_observer.h"
#include "components/transport/clock.h"
#include "components/transport/statistics.h"

namespace systerm {

class HardwareUnit : public sc_core::sc_module {
 public:
  /// Empty when the unit has nothing left to do; else what it waits for, to explain a deadlock.
  virtual std::string waiting_for() const = 0;
  const Statistics& statistics() const { return statistics_; }
  /// Tells `observer` of all work from now on; null for nobody.
  void observe(ActivityObserver* observer) { observer_ = observer; }

 protected:
  HardwareUnit(const sc_core::sc_module_name& name, const Clock& clock)
      : sc_module(name), clock_(clock) {}

  const Clock& clock() const { return clock_; }
  void wait_cycles(std::int64_t cycles) {
    if (cycles > 0) sc_core::wait(clock_.time(cycles));
  }

  void worked(const WorkInterval& interval) const {
    if (observer_ != nullptr) observer_->worked(*this, interval);
  }

  Statistics statistics_;

 private:
  Clock clock_;
  ActivityObserver* observer_ = nullptr;
};

}  // namespace systerm
