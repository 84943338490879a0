// SPDX-License-Identifier: Apache-2.0
// `sweep`: many variations of one experiment.
#include <algorithm>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "model/cli/commands.h"
#include "model/cli/program.h"
#include "model/cli/sweep_commands.h"
#include "model/exploration/durable_file.h"
#include "workloads/document/quantity.h"

namespace systerm {

ProgramIdentity program_identity() { return {program_name(), program_digest()}; }

void write_export(const std::string& path, const std::function<void(std::ostream&)>& write) {
  std::ostringstream stream;
  write(stream);
  if (path == "-") {
    fmt::print("{}", stream.str());
  } else {
    write_durably(path, stream.str());
  }
}

void PointLimitOptions::add_to(CLI::App& verb) {
  verb.add_option("--jobs", jobs, "Points at a time; one a processor unless given")
      ->check(CLI::Range(1, 4096));
  add_limits_to(verb);
}

void PointLimitOptions::add_limits_to(CLI::App& verb) {
  verb.add_option("--point-timeout", timeout_seconds, "Seconds after which a point has failed")
      ->check(CLI::PositiveNumber);
  verb.add_option("--point-memory", memory, "Memory that a point may take, such as \"2 GiB\"");
}

std::vector<std::string> PointLimitOptions::arguments() const {
  std::vector<std::string> words;
  if (timeout_seconds > 0.0) {
    words.insert(words.end(), {"--point-timeout", fmt::format("{}", timeout_seconds)});
  }
  if (!memory.empty()) words.insert(words.end(), {"--point-memory", memory});
  return words;
}

ClusterSweep cluster_sweep(const std::string& name, const std::string& file,
                           const std::string& store, std::size_t shards,
                           const PointLimitOptions& limits) {
  return {name,
          std::filesystem::canonical("/proc/self/exe"),
          std::filesystem::absolute(file),
          std::filesystem::absolute(store),
          shards,
          limits.arguments()};
}

PoolLimits PointLimitOptions::limits() const {
  PoolLimits limits;
  limits.jobs = jobs > 0 ? jobs : std::max(1U, std::thread::hardware_concurrency());
  if (timeout_seconds > 0.0) limits.timeout = std::chrono::duration<double>(timeout_seconds);
  if (!memory.empty()) {
    const auto bytes = parse_bytes(memory);
    if (!bytes || *bytes <= 0) {
      throw std::runtime_error(fmt::format(
          "--point-memory: expected a size with its unit, such as 2 GiB; got '{}'", memory));
    }
    limits.memory_bytes = *bytes;
  }
  return limits;
}

void add_sweep_command(CLI::App& app) {
  CLI::App* sweep = app.add_subcommand("sweep", "Run many variations of one experiment");
  sweep->require_subcommand(1);
  sweep->footer("docs/sweeps.md explains sweep files. `systerm sweep VERB --help` gives examples.");
  add_sweep_check_command(*sweep);
  add_sweep_run_command(*sweep);
  add_sweep_run_shard_command(*sweep);
  add_sweep_emit_command(*sweep);
  add_sweep_export_command(*sweep);
  add_sweep_search_command(*sweep);
}

}  // namespace systerm
