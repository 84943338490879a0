// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/cluster_script.h"

#include <array>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "workloads/document/nearest_name.h"

namespace systerm {
namespace {

std::string command(const ClusterSweep& sweep, const std::string& shard) {
  std::string text =
      fmt::format("{} sweep run-shard {} {} --store {}", shell_quoted(sweep.program.string()),
                  shell_quoted(sweep.sweep.string()), shard, shell_quoted(sweep.store.string()));
  for (const std::string& option : sweep.options) text += " " + shell_quoted(option);
  return text;
}

std::string log_folder(const ClusterSweep& sweep) { return (sweep.store / "logs").string(); }

std::string slurm(const ClusterSweep& sweep) {
  const std::string shard = fmt::format("\"$((SLURM_ARRAY_TASK_ID + ${{{}:-0}}))/{}\"",
                                        kShardOffsetVariable, sweep.shards);
  return fmt::format(R"(#!/bin/bash
#SBATCH --job-name=systerm-{}
#SBATCH --array=1-{}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output={}/%x-%A-%a.log
exec {} --jobs "${{SLURM_CPUS_PER_TASK:-1}}"
)",
                     sweep.name, sweep.shards, log_folder(sweep), command(sweep, shard));
}

std::string lsf(const ClusterSweep& sweep) {
  return fmt::format(R"(#!/bin/bash
# bsub < this file
#BSUB -J "systerm-{}[1-{}]"
#BSUB -r
#BSUB -o {}/%J-%I.log
exec {} --jobs 1
)",
                     sweep.name, sweep.shards, log_folder(sweep),
                     command(sweep, fmt::format("\"$LSB_JOBINDEX/{}\"", sweep.shards)));
}

std::string sge(const ClusterSweep& sweep) {
  return fmt::format(R"(#!/bin/bash
# qsub this file
#$ -N systerm-{}
#$ -S /bin/bash
#$ -t 1-{}
#$ -r y
#$ -j y
#$ -o {}
exec {} --jobs 1
)",
                     sweep.name, sweep.shards, log_folder(sweep),
                     command(sweep, fmt::format("\"$SGE_TASK_ID/{}\"", sweep.shards)));
}

/// Within the quotes of `arguments`, blanks are kept inside single quotes.
std::string htcondor(const ClusterSweep& sweep) {
  std::string arguments = fmt::format("sweep run-shard '{}' $INT(shard)/{} --store '{}'",
                                      sweep.sweep.string(), sweep.shards, sweep.store.string());
  for (const std::string& option : sweep.options) arguments += fmt::format(" '{}'", option);
  return fmt::format(R"(# condor_submit this file
universe = vanilla
executable = {}
shard = $(Process) + 1
arguments = "{} --jobs 1"
should_transfer_files = NO
request_cpus = 1
log = {}/htcondor-$(Cluster).log
output = {}/$(Cluster)-$(Process).log
error = {}/$(Cluster)-$(Process).log
queue {}
)",
                     sweep.program.string(), arguments, log_folder(sweep), log_folder(sweep),
                     log_folder(sweep), sweep.shards);
}

std::string parallel(const ClusterSweep& sweep) {
  return fmt::format(R"(#!/bin/bash
# Needs GNU parallel; arguments of this script are handed to it, such as --sshloginfile hosts.
seq 1 {} | parallel "$@" {} --jobs 1
)",
                     sweep.shards,
                     shell_quoted(command(sweep, fmt::format("{{}}/{}", sweep.shards))));
}

using Writer = std::string (*)(const ClusterSweep&);
constexpr std::array<std::pair<const char*, Writer>, 5> kWriters = {
    {{"slurm", slurm}, {"lsf", lsf}, {"sge", sge}, {"htcondor", htcondor}, {"parallel", parallel}}};

}  // namespace

const std::vector<std::string>& cluster_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& writer : kWriters) all.emplace_back(writer.first);
    return all;
  }();
  return names;
}

std::string cluster_script(const std::string& cluster, const ClusterSweep& sweep) {
  for (const auto& [name, write] : kWriters) {
    if (cluster == name) return write(sweep);
  }
  throw std::invalid_argument(
      fmt::format("unknown scheduler '{}'; {}", cluster, suggest_name(cluster, cluster_names())));
}

std::string shell_quoted(const std::string& text) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./=:+,";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace systerm
