// SPDX-License-Identifier: Apache-2.0
// The verbs of the program. Each adds a subcommand whose callback does the work; it prints to
// standard output and throws on failure.
#pragma once

#include <CLI/App.hpp>

namespace systerm {

void add_run_command(CLI::App& app);
void add_schema_command(CLI::App& app);
void add_init_command(CLI::App& app);
/// Completes the verbs that were added.
void add_completion_command(CLI::App& app);
void add_evaluate_command(CLI::App& app);
void add_train_command(CLI::App& app);
void add_budgets_command(CLI::App& app);
void add_check_command(CLI::App& app);
void add_describe_command(CLI::App& app);
void add_report_command(CLI::App& app);
void add_plot_command(CLI::App& app);
void add_list_command(CLI::App& app);
void add_import_command(CLI::App& app);
void add_export_command(CLI::App& app);
void add_encode_command(CLI::App& app);
void add_pack_command(CLI::App& app);
void add_quantize_command(CLI::App& app);
void add_iteration_command(CLI::App& app);
void add_memory_command(CLI::App& app);
void add_pipeline_command(CLI::App& app);
void add_sweep_command(CLI::App& app);
void add_pareto_command(CLI::App& app);
void add_compare_command(CLI::App& app);
void add_dram_command(CLI::App& app);

}  // namespace systerm
