// SPDX-License-Identifier: Apache-2.0
// Brings the points of a sweep into a store, on this machine.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "model/exploration/process_pool.h"
#include "model/exploration/result_store.h"
#include "model/exploration/sweep_plan.h"

namespace systerm {

struct SweepRunOptions {
  PoolLimits limits;
  bool retries_failures = false;    ///< also those that would fail again
  std::vector<std::size_t> points;  ///< of the plan, to run
};

/// What has become of the points asked for. Points with the same hash are one.
struct SweepProgress {
  std::size_t total = 0;
  std::size_t stored = 0;     ///< had a result before
  std::size_t finished = 0;   ///< got one since, from this run
  std::size_t elsewhere = 0;  ///< got one since, from another process
  std::size_t failed = 0;     ///< rows with a reason, old and new
  std::size_t running = 0;
  double work = 0.0;  ///< of points that had no result before
  double work_done = 0.0;
  double work_run_here = 0.0;

  std::size_t ended() const { return stored + finished + elsewhere + failed; }
};

class SweepObserver {
 public:
  virtual ~SweepObserver() = default;
  /// Before anything runs, whenever something has changed, and now and then.
  virtual void progress(const SweepProgress& progress) = 0;
  /// A point was run here; `cycles` of the whole network.
  virtual void finished(std::size_t point, double cycles) = 0;
  virtual void failed(std::size_t point, const PointFailure& failure) = 0;
};

struct SweepRunResult {
  SweepProgress progress;
  bool interrupted = false;
  std::string broken;  ///< why the store can take no more results; empty if it can
};

/// Starts the points with the most work first. Points that have a result, or a failure that would
/// come again, are not run; those that another process is running are waited for. `stop_requested`
/// is asked between points: then those that run are finished and no others begun. Signals in
/// `wait_mask`'s complement are let through while waiting only. Throws StoreError if the store
/// cannot be written to and something must run.
SweepRunResult run_sweep(const SweepPlan& plan, const ResultStore& store,
                         const SweepRunOptions& options, SweepObserver& observer,
                         const std::function<bool()>& stop_requested, const sigset_t& wait_mask);

/// Whether running the point again could give something else than `failure`.
bool is_worth_retrying(const PointFailure& failure, const PoolLimits& limits);

}  // namespace systerm
