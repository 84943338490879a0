// SPDX-License-Identifier: Apache-2.0
// `sweep check`: what a sweep would run, and every error in it.
#include <algorithm>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "model/cli/sweep_commands.h"
#include "model/cli/vocabulary.h"
#include "model/exploration/load_sweep.h"

namespace systerm {
namespace {

constexpr std::size_t kShown = 5;

void run_check(const std::string& file) {
  const Vocabulary vocabulary = program_vocabulary();
  const SweepPlan plan(load_sweep(file), vocabulary, program_identity());
  fmt::print("ok: {}\n{} points\n", plan.sweep().name, plan.points().size());
  for (std::size_t i = 0; i < std::min(kShown, plan.points().size()); ++i) {
    fmt::print("{:>6}  {}  {}\n", i, plan.points()[i].hash.substr(0, 12),
               plan.label(plan.points()[i].choices));
  }
}

}  // namespace

void add_sweep_check_command(CLI::App& sweep) {
  auto file = std::make_shared<std::string>();
  CLI::App* verb = sweep.add_subcommand("check", "What a sweep would run, and every error in it");
  verb->add_option("sweep", *file, "Sweep file (YAML)")->required();
  verb->callback([file] { run_check(*file); });
}

}  // namespace systerm
