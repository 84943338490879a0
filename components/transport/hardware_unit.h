// SPDX-License-Identifier: Apache-2.0
// What every hardware unit shows to the platform: its counters, whether it is done, what it waits
// for.
#pragma once

#include <optional>
#include <string>
#include <systemc>
#include <vector>

#include "components/transport/activity_observer.h"
#include "components/transport/clock.h"
#include "components/transport/statistics.h"
#include "components/transport/time_account.h"

namespace systerm {

/// Something that goes into a unit and must come out of it again.
struct Flow {
  std::string what;  ///< "bytes", "blocks" ...
  std::int64_t in = 0;
  std::int64_t out = 0;
};

class HardwareUnit : public sc_core::sc_module {
 public:
  /// Empty when the unit has nothing left to do; else what it waits for, to explain a deadlock.
  virtual std::string waiting_for() const = 0;
  const Statistics& statistics() const { return statistics_; }
  /// What the unit took in and gave out, both counted where they happen; equal at the end of a run.
  virtual std::vector<Flow> flows() const { return {}; }
  /// Of a unit with a process: where its time went; adds up to the time of the run.
  const TimeAccount* time_account() const { return time_account_ ? &*time_account_ : nullptr; }
  /// Brings counters that grow with time up to now; once, at the end of a run.
  virtual void settle() {
    if (time_account_) time_account_->settle(clock_);
  }
  /// Tells `observer` of all work from now on; null for nobody.
  void observe(ActivityObserver* observer) { observer_ = observer; }

 protected:
  HardwareUnit(const sc_core::sc_module_name& name, const Clock& clock)
      : sc_module(name), clock_(clock) {}

  const Clock& clock() const { return clock_; }
  void wait_cycles(std::int64_t cycles) {
    if (cycles > 0) sc_core::wait(clock_.time(cycles));
  }

  /// In the constructor of a unit with a process.
  TimeAccount& keep_time_account() {
    time_account_.emplace();
    time_account_->register_statistics(statistics_);
    return *time_account_;
  }

  void worked(const WorkInterval& interval) const {
    if (observer_ != nullptr) observer_->worked(*this, interval);
  }

  Statistics statistics_;

 private:
  Clock clock_;
  std::optional<TimeAccount> time_account_;
  ActivityObserver* observer_ = nullptr;
};

}  // namespace systerm
