// SPDX-License-Identifier: Apache-2.0
// Ctrl-C, and SIGTERM, as a wish to stop that is asked for between pieces of work.
#pragma once

#include <signal.h>

namespace systerm {

/// While it lives the first signal is noted and the second one ends the process, children first
/// by their death signal. Signals arrive only where `wait_mask` is in force.
class StopSignals {
 public:
  /// `notice` is printed when the first one arrives; it must outlive the object.
  explicit StopSignals(
      const char* notice =
          "\nstopping when the points that run are done; once more to stop at once\n");
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  static bool stop_requested();
  /// Lets in what waits, then whether a stop was requested.
  bool let_in() const;
  const sigset_t& wait_mask() const { return before_; }

 private:
  sigset_t before_{};
};

}  // namespace systerm
