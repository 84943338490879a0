// SPDX-License-Identifier: Apache-2.0
// The verbs below `sweep`, and what they share.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "model/design/vocabulary.h"
#include "model/exploration/cluster_script.h"
#include "model/exploration/process_pool.h"
#include "model/exploration/sweep_plan.h"

namespace systerm {

void add_sweep_check_command(CLI::App& sweep);
void add_sweep_run_command(CLI::App& sweep);
void add_sweep_run_shard_command(CLI::App& sweep);
void add_sweep_emit_command(CLI::App& sweep);
void add_sweep_export_command(CLI::App& sweep);
void add_sweep_search_command(CLI::App& sweep);

inline constexpr const char* kDefaultStore = "systerm_store";

/// This program, as results remember it.
ProgramIdentity program_identity();

/// Writes a file as a whole, or to standard output for "-". Throws StoreError.
void write_export(const std::string& path, const std::function<void(std::ostream&)>& write);

/// What the verbs that run points have in common.
struct PointLimitOptions {
  std::size_t jobs = 0;  ///< 0 for one a processor
  double timeout_seconds = 0.0;
  std::string memory;  ///< such as 2 GiB; empty for no limit

  void add_to(CLI::App& verb);
  void add_limits_to(CLI::App& verb);  ///< without the jobs
  /// Throws std::runtime_error for a memory that is no size.
  PoolLimits limits() const;
  /// The limits as arguments of run-shard.
  std::vector<std::string> arguments() const;
};

/// A sweep in shards, with absolute paths, this program and these limits.
ClusterSweep cluster_sweep(const std::string& name, const std::string& file,
                           const std::string& store, std::size_t shards,
                           const PointLimitOptions& limits);

}  // namespace systerm
