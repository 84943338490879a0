// SPDX-License-Identifier: Apache-2.0
// `sweep emit`: the file that a cluster's scheduler takes to run a sweep.
#include <memory>
#include <ostream>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "model/cli/sweep_commands.h"
#include "model/exploration/load_sweep.h"
#include "model/exploration/result_store.h"

namespace systerm {
namespace {

struct EmitArguments {
  std::string file;
  std::string store = kDefaultStore;
  std::string cluster;
  std::string out = "-";
  std::size_t shards = 16;
  PointLimitOptions limits;
};

void run_emit(const EmitArguments& arguments) {
  const Sweep sweep = load_sweep(arguments.file);
  const std::string script =
      cluster_script(arguments.cluster, cluster_sweep(sweep.name, arguments.file, arguments.store,
                                                      arguments.shards, arguments.limits));
  make_folder(ResultStore(arguments.store).logs_folder());
  write_export(arguments.out, [&](std::ostream& stream) { stream << script; });
}

}  // namespace

void add_sweep_emit_command(CLI::App& sweep) {
  auto arguments = std::make_shared<EmitArguments>();
  CLI::App* verb =
      sweep.add_subcommand("emit", "The file that a cluster's scheduler takes to run a sweep");
  verb->add_option("sweep", arguments->file, "Sweep file (YAML)")->required();
  verb->add_option("--for", arguments->cluster, "Scheduler")
      ->required()
      ->check(CLI::IsMember(cluster_names()));
  verb->add_option("--store", arguments->store, "Folder of results, seen by every machine")
      ->capture_default_str();
  verb->add_option("--shards", arguments->shards, "Tasks")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  verb->add_option("--out", arguments->out, "File to write; - for standard output")
      ->capture_default_str();
  arguments->limits.add_limits_to(*verb);
  verb->footer(
      "Each task runs `systerm sweep run-shard`. Tasks may be killed, run again, and run at the\n"
      "same time as any others; submit the file again for what is missing in the end.\n"
      "Examples:\n"
      "  systerm sweep emit sweep.yaml --for slurm --store /shared/results --shards 64 > job.sh\n"
      "  systerm sweep emit sweep.yaml --for parallel --shards 8 --out run.sh && bash run.sh");
  verb->callback([arguments] { run_emit(*arguments); });
}

}  // namespace systerm
