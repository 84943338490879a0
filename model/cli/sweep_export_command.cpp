// SPDX-License-Identifier: Apache-2.0
// `sweep export`: the results of a sweep as one table.
#include <filesystem>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "model/cli/sweep_commands.h"
#include "model/cli/vocabulary.h"
#include "model/exploration/sqlite_export.h"
#include "model/exploration/sweep_fold.h"
#include "model/exploration/sweep_source.h"
#include "model/exploration/table_export.h"

namespace systerm {
namespace {

struct ExportArguments {
  SweepSource source;
  std::string csv;
  std::string json;
  std::string sqlite;
  bool layers = false;
};

/// table.csv, layers beside it in table.layers.csv.
std::string layers_path(const std::string& csv) {
  std::filesystem::path path(csv);
  const std::string extension = path.extension().string();
  return path.replace_extension(".layers" + extension).string();
}

void run_export(const ExportArguments& arguments) {
  if (arguments.csv.empty() && arguments.json.empty() && arguments.sqlite.empty()) {
    throw std::runtime_error("say what to write: --csv, --json or --sqlite");
  }
  const ResultStore store(arguments.source.store);
  const SweepManifest manifest =
      find_manifest(arguments.source, program_vocabulary(), program_identity());
  const bool needs_layers = arguments.layers || !arguments.sqlite.empty();
  const FoldedSweep folded =
      needs_layers ? fold_with_layers(store, manifest) : FoldedSweep{fold(store, manifest), {}};
  const SweepTable& table = folded.points;
  if (!arguments.json.empty()) {
    write_export(arguments.json, [&](std::ostream& stream) {
      write_table_json(table, arguments.layers ? &folded.layers : nullptr, stream);
    });
  }
  if (!arguments.sqlite.empty()) {
    write_durably(arguments.sqlite, sqlite_database(table, folded.layers));
  }
  if (!arguments.csv.empty()) {
    write_export(arguments.csv, [&](std::ostream& stream) { write_table_csv(table, stream); });
    if (arguments.layers) {
      write_export(arguments.csv == "-" ? "-" : layers_path(arguments.csv),
                   [&](std::ostream& stream) { write_layers_csv(folded.layers, stream); });
    }
  }
  fmt::print(stderr, "{}: {} points, {} done, {} failed, {} missing\n", table.name,
             table.rows.size(), table.count(SweepRow::Status::kDone),
             table.count(SweepRow::Status::kFailed), table.count(SweepRow::Status::kMissing));
}

}  // namespace

void add_sweep_export_command(CLI::App& sweep) {
  auto arguments = std::make_shared<ExportArguments>();
  CLI::App* verb = sweep.add_subcommand("export", "The results of a sweep as one table");
  verb->add_option("sweep", arguments->source.sweep,
                   "Sweep file, or the name of a sweep of the store; may be left out if the store "
                   "holds one sweep only");
  verb->add_option("--store", arguments->source.store, "Folder of results")
      ->default_val(kDefaultStore);
  verb->add_option("--csv", arguments->csv, "CSV file to write; - for standard output");
  verb->add_option("--json", arguments->json, "JSON file to write; - for standard output");
  verb->add_option("--sqlite", arguments->sqlite,
                   "SQLite database to write: tables points, layers and columns");
  verb->add_flag("--layers", arguments->layers,
                 "CSV and JSON with a table of all layers beside that of the points");
  verb->footer(
      "A row a point, in the order of the sweep: its axes and every figure of its result. Points\n"
      "that failed or have not run are rows without figures. docs/sweeps.md lists the columns.\n"
      "Examples:\n"
      "  systerm sweep export configs/sweeps/array_by_budget.yaml --csv table.csv\n"
      "  systerm sweep export --store results --json -");
  verb->callback([arguments] { run_export(*arguments); });
}

}  // namespace systerm
