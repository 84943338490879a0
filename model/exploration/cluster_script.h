// SPDX-License-Identifier: Apache-2.0
// What a cluster's scheduler is handed to run a sweep: one task a shard, `sweep run-shard` each.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace systerm {

struct ClusterSweep {
  std::string name;
  std::filesystem::path program;
  std::filesystem::path sweep;
  std::filesystem::path store;
  std::size_t shards = 1;
  std::vector<std::string> options;  ///< further arguments of run-shard
};

/// Added to the number of a Slurm task, for sweeps with more shards than an array may have tasks.
inline constexpr const char* kShardOffsetVariable = "SYSTERM_SHARD_OFFSET";

/// "slurm", "lsf", "sge", "htcondor", "parallel".
const std::vector<std::string>& cluster_names();

/// Throws std::invalid_argument for a scheduler that is not known.
std::string cluster_script(const std::string& cluster, const ClusterSweep& sweep);

/// So that a shell takes the text for one word.
std::string shell_quoted(const std::string& text);

}  // namespace systerm
