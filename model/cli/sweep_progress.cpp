// SPDX-License-Identifier: Apache-2.0
#include "model/cli/sweep_progress.h"

#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace systerm {
namespace {

constexpr std::chrono::milliseconds kRefresh{100};
/// Failures told one by one; the table has them all.
constexpr std::size_t kMostFailures = 20;

std::string duration_text(double seconds) {
  if (seconds < 100.0) return fmt::format("{:.0f} s", seconds);
  if (seconds < 6000.0) return fmt::format("{:.0f} min", seconds / 60.0);
  return fmt::format("{:.1f} h", seconds / 3600.0);
}

}  // namespace

SweepProgressLine::SweepProgressLine(const SweepPlan& plan)
    : plan_(plan), is_terminal_(isatty(STDERR_FILENO) == 1), begin_(Clock::now()) {}

void SweepProgressLine::print_line(const std::string& text) const {
  fmt::print(stderr, "{}{}\n", is_terminal_ ? "\r\033[K" : "", text);
}

std::string SweepProgressLine::eta(const SweepProgress& progress) const {
  if (progress.work_run_here <= 0.0) return "";
  const double elapsed = std::chrono::duration<double>(Clock::now() - begin_).count();
  const double left = (progress.work - progress.work_done) / progress.work_run_here;
  return fmt::format(", ETA {}", duration_text(elapsed * left));
}

void SweepProgressLine::progress(const SweepProgress& progress) {
  if (progress.total == 0) return;
  const std::size_t ended = progress.ended();
  std::string text = fmt::format("{}/{} points", ended, progress.total);
  if (progress.failed > 0) text += fmt::format(", {} failed", progress.failed);
  if (ended < progress.total) text += eta(progress);
  if (!best_.empty()) text += fmt::format(", best {:.0f} cycles: {}", best_cycles_, best_);
  if (is_terminal_) {
    const auto now = Clock::now();
    if (ended < progress.total && now - shown_ < kRefresh) return;
    shown_ = now;
    fmt::print(stderr, "\r\033[K{}{}", text, ended == progress.total ? "\n" : "");
    std::fflush(stderr);
    return;
  }
  const std::size_t tenths = 10 * ended / progress.total;
  if (shown_ != Clock::time_point() && tenths == tenths_shown_) return;
  shown_ = Clock::now();
  tenths_shown_ = tenths;
  print_line(text);
}

void SweepProgressLine::finished(std::size_t point, double cycles) {
  if (!best_.empty() && cycles >= best_cycles_) return;
  best_cycles_ = cycles;
  best_ = plan_.label(plan_.points()[point].choices);
}

void SweepProgressLine::failed(std::size_t point, const PointFailure& failure) {
  if (++failures_shown_ > kMostFailures) return;
  const std::string message = failure.message.substr(0, failure.message.find('\n'));
  print_line(fmt::format("failed ({}): {}: {}", to_string(failure.reason),
                         plan_.label(plan_.points()[point].choices), message));
  if (failures_shown_ == kMostFailures) print_line("further failures are in the table only");
}

}  // namespace systerm
