// SPDX-License-Identifier: Apache-2.0
// How a sweep is getting on: one line that is written over on a terminal, plain lines elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "model/exploration/run_sweep.h"

namespace systerm {

class SweepProgressLine final : public SweepObserver {
 public:
  explicit SweepProgressLine(const SweepPlan& plan);

  void progress(const SweepProgress& progress) override;
  void finished(std::size_t point, double cycles) override;
  void failed(std::size_t point, const PointFailure& failure) override;

 private:
  using Clock = std::chrono::steady_clock;

  void print_line(const std::string& text) const;
  std::string eta(const SweepProgress& progress) const;

  const SweepPlan& plan_;
  bool is_terminal_;
  Clock::time_point begin_;
  Clock::time_point shown_;
  std::size_t tenths_shown_ = 0;
  std::size_t failures_shown_ = 0;
  double best_cycles_ = 0.0;
  std::string best_;
};

}  // namespace systerm
