// SPDX-License-Identifier: Apache-2.0
// Progress of long work on a terminal; nothing in a pipe.
#pragma once

#include <chrono>
#include <string_view>

namespace systerm {

/// One line on standard error that is written over, and cleared at the end.
class ProgressLine {
 public:
  ProgressLine();

  /// `share` of the work is behind, 0 to 1; `step` says what is or was done. The time left is
  /// reckoned from the last call with a share of 0.
  void show(double share, std::string_view step);

 private:
  using Clock = std::chrono::steady_clock;
  bool enabled_;
  Clock::time_point begin_;
};

}  // namespace systerm
