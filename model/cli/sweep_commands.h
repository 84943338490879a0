// SPDX-License-Identifier: Apache-2.0
// The verbs below `sweep`, and what they share.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <CLI/App.hpp>

#include "model/design/vocabulary.h"
#include "model/exploration/process_pool.h"
#include "model/exploration/sweep_plan.h"

namespace systerm {

void add_sweep_check_command(CLI::App& sweep);
void add_sweep_run_command(CLI::App& sweep);
void add_sweep_run_shard_command(CLI::App& sweep);
void add_sweep_export_command(CLI::App& sweep);

inline constexpr const char* kDefaultStore = "systerm_store";

/// This program, as results remember it.
ProgramIdentity program_identity();

/// What the verbs that run points have in common.
struct PointLimitOptions {
  std::size_t jobs = 0;  ///< 0 for one a processor
  double timeout_seconds = 0.0;
  std::string memory;  ///< such as 2 GiB; empty for no limit

  void add_to(CLI::App& verb);
  /// Throws std::runtime_error for a memory that is no size.
  PoolLimits limits() const;
};

}  // namespace systerm
