// SPDX-License-Identifier: Apache-2.0
#include "model/cli/progress_line.h"

#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace systerm {

ProgressLine::ProgressLine() : enabled_(isatty(STDERR_FILENO) == 1), begin_(Clock::now()) {}

void ProgressLine::show(double share, std::string_view step) {
  if (!enabled_) return;
  if (share <= 0.0) {
    begin_ = Clock::now();
    fmt::print(stderr, "\r\033[K[  0 %] {}", step);
  } else if (share < 1.0) {
    const double elapsed = std::chrono::duration<double>(Clock::now() - begin_).count();
    fmt::print(stderr, "\r\033[K[{:3.0f} %] {}  ETA {:.1f} s", 100.0 * share, step,
               elapsed * (1.0 - share) / share);
  } else {
    fmt::print(stderr, "\r\033[K");
  }
  std::fflush(stderr);
}

}  // namespace systerm
