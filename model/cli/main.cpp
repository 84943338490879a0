// SPDX-License-Identifier: Apache-2.0
// The program: picks the verb and turns errors into messages and exit statuses.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <systemc>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "model/cli/commands.h"
#include "workloads/document/nearest_name.h"

namespace {

enum ExitStatus : int { kSuccess = 0, kFailure = 1, kUsageError = 2 };

/// The first word of the command line, where it is none of `verbs`.
std::optional<std::string> unknown_verb(int argc, char** argv, std::span<const std::string> verbs) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.starts_with('-')) continue;
    if (std::ranges::find(verbs, word) != verbs.end()) return std::nullopt;
    return word;
  }
  return std::nullopt;
}

int run(int argc, char** argv) {
  CLI::App app("Transaction-level model of low-precision DNN accelerators.", "systerm");
  app.require_subcommand(1);
  app.set_version_flag("--version", SYSTERM_VERSION);
  app.footer(
      "Exit status: 0 success, 1 failure, 2 wrong usage.\n"
      "`systerm VERB --help` explains a verb and gives examples.");
  systerm::add_run_command(app);
  systerm::add_evaluate_command(app);
  systerm::add_train_command(app);
  systerm::add_budgets_command(app);
  systerm::add_check_command(app);
  systerm::add_describe_command(app);
  systerm::add_report_command(app);
  systerm::add_plot_command(app);
  systerm::add_list_command(app);
  systerm::add_init_command(app);
  systerm::add_schema_command(app);
  systerm::add_completion_command(app);
  systerm::add_import_command(app);
  systerm::add_export_command(app);
  systerm::add_encode_command(app);
  systerm::add_pack_command(app);
  systerm::add_quantize_command(app);
  systerm::add_iteration_command(app);
  systerm::add_memory_command(app);
  systerm::add_pipeline_command(app);
  systerm::add_dram_command(app);
  systerm::add_sweep_command(app);
  systerm::add_pareto_command(app);
  systerm::add_compare_command(app);
  std::vector<std::string> verbs;
  for (const CLI::App* each : app.get_subcommands({})) verbs.push_back(each->get_name());
  if (const auto verb = unknown_verb(argc, argv, verbs)) {
    fmt::print(stderr, "systerm: unknown verb '{}'; {}\n", *verb,
               systerm::suggest_name(*verb, verbs));
    return kUsageError;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kSuccess : kUsageError;
  }
  return kSuccess;
}

}  // namespace

// The SystemC library refers to it; simulations are started from `main`.
int sc_main(int, char**) { return kFailure; }

int main(int argc, char** argv) {
  int status = kFailure;
  try {
    status = run(argc, argv);
  } catch (const std::exception& error) {
    std::fflush(stdout);
    fmt::print(stderr, "systerm: {}\n", error.what());
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    fmt::print(stderr, "systerm: cannot write to standard output\n");
    return kFailure;
  }
  return status;
}
