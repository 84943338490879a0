// SPDX-License-Identifier: Apache-2.0
// Ctrl-C, and SIGTERM, as a wish to stop that is asked for between points.
#pragma once

#include <signal.h>

namespace systerm {

/// While it lives the first signal is noted and the second one ends the process, children first
/// by their death signal. Signals arrive only where `wait_mask` is in force.
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  static bool stop_requested();
  const sigset_t& wait_mask() const { return before_; }

 private:
  sigset_t before_{};
};

}  // namespace systerm
