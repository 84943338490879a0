// SPDX-License-Identifier: Apache-2.0
#include "model/cli/progress_line.h"

#include <cstdio>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace systerm {

ProgressLine::ProgressLine(std::string units)
    : units_(std::move(units)), enabled_(isatty(STDERR_FILENO) == 1), begin_(Clock::now()) {}

void ProgressLine::show(std::size_t done, std::size_t total, std::string_view what) {
  if (!enabled_ || total == 0) return;
  const double elapsed = std::chrono::duration<double>(Clock::now() - begin_).count();
  const double left = elapsed * static_cast<double>(total - done) / static_cast<double>(done);
  fmt::print(stderr, "\r\033[K[{:3.0f} %] {}  {}/{} {}  ETA {:.0f} s",
             100.0 * static_cast<double>(done) / static_cast<double>(total), what, done, total,
             units_, left);
  if (done == total) fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
}

}  // namespace systerm
