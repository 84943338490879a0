// SPDX-License-Identifier: Apache-2.0
// One line on a terminal that is written over; nothing in a pipe.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace systerm {

class ProgressLine {
 public:
  /// `units` is what is counted: "layers", "samples".
  explicit ProgressLine(std::string units);

  /// `total` done clears the line.
  void show(std::size_t done, std::size_t total, std::string_view what);

 private:
  using Clock = std::chrono::steady_clock;
  std::string units_;
  bool enabled_;
  Clock::time_point begin_;
};

}  // namespace systerm
