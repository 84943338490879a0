// SPDX-License-Identifier: Apache-2.0
// Brings the points of a sweep into a store with the nodes of a Slurm cluster that share it.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "model/exploration/cluster_script.h"
#include "model/exploration/result_store.h"
#include "model/exploration/run_sweep.h"
#include "model/exploration/sweep_plan.h"

namespace systerm {

struct SlurmOptions {
  ClusterSweep sweep;                         ///< with absolute paths, seen by every node
  std::vector<std::string> sbatch_arguments;  ///< such as --partition=long
  std::chrono::milliseconds poll{2000};
  int attempts = 5;   ///< arrays submitted one after the other for points that tasks have lost
  PoolLimits limits;  ///< of the tasks: says which failures are worth another try
  bool retries_failures = false;
};

/// Submits arrays of the shards that have points left, of at most MaxArraySize - 1 tasks each, and
/// follows them until none is queued. What counts is what is in the store: points that are still
/// missing then, because tasks were cancelled or nodes lost, are submitted again. When
/// `stop_requested`, cancels the arrays. Throws StoreError, and std::runtime_error if Slurm
/// refuses.
SweepRunResult run_sweep_on_slurm(const SweepPlan& plan, const ResultStore& store,
                                  const SlurmOptions& options, SweepObserver& observer,
                                  const std::function<bool()>& stop_requested,
                                  const sigset_t& wait_mask);

/// "1-3,7" for {1, 2, 3, 7}: ascending numbers as sbatch takes them.
std::string array_specification(const std::vector<std::size_t>& tasks);

}  // namespace systerm
