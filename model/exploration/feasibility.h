// SPDX-License-Identifier: Apache-2.0
// What can be said of a sweep without running it: which points cannot run, and how long the others
// take.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/exploration/process_pool.h"
#include "model/exploration/sweep_plan.h"

namespace systerm {

/// Points that fail for the same reason.
struct Infeasible {
  std::string message;
  std::vector<std::size_t> points;
};

/// Maps every point's network onto its design, as a run does first. In the order of the first point
/// of each.
std::vector<Infeasible> find_infeasible(const SweepPlan& plan);

struct TimeEstimate {
  double core_seconds = 0.0;  ///< of all points
  std::size_t measured = 0;   ///< points that it is calibrated with
  bool is_lower_bound = false;
};

/// Runs a few points of middling work, `patience` seconds each at most, and puts all others in
/// proportion by PlannedPoint::work. Their results are thrown away. No estimate (measured is 0)
/// where all of them fail.
TimeEstimate estimate_time(const SweepPlan& plan, double patience);

}  // namespace systerm
