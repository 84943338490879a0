// SPDX-License-Identifier: Apache-2.0
// `pareto`: the designs of a sweep that no other one beats, and what limits each.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/cli/commands.h"
#include "model/cli/sweep_commands.h"
#include "model/cli/table.h"
#include "model/cli/vocabulary.h"
#include "model/exploration/pareto_front.h"
#include "model/exploration/sweep_fold.h"
#include "model/exploration/sweep_source.h"
#include "model/exploration/table_export.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

struct ParetoArguments {
  SweepSource source;
  std::vector<std::string> objectives;
  std::string csv;
  bool json = false;
};

std::string cell_text(const Json& cell) {
  if (cell.is_null()) return "-";
  return cell.is_string() ? cell.get<std::string>() : cell.dump();
}

/// Share of the cycles, in percent; nothing if the table does not say.
std::string share_text(const SweepTable& table, const SweepRow& row, const std::string& figure) {
  const auto part = table.find(figure);
  const auto cycles = table.find("total.cycles");
  if (!part || !cycles || !row.cells[*part].is_number()) return "";
  return fmt::format("{:.0f} %",
                     100.0 * row.cells[*part].get<double>() / row.cells[*cycles].get<double>());
}

/// Axes, objectives, and what the cycles went to.
Table front_table(const SweepTable& table, const std::vector<std::size_t>& front,
                  const std::vector<Objective>& objectives) {
  std::vector<TableColumn> titles = {{"point", true}};
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].kind == SweepColumn::Kind::kAxis) columns.push_back(i);
  }
  for (const Objective& objective : objectives) {
    const std::size_t column = table.require(objective.figure);
    if (std::find(columns.begin(), columns.end(), column) == columns.end()) {
      columns.push_back(column);
    }
  }
  for (const std::size_t column : columns) {
    const SweepColumn& each = table.columns[column];
    titles.push_back({each.unit.empty() ? each.name : each.name + " [" + each.unit + "]", true});
  }
  titles.push_back({"busy", true});
  titles.push_back({"largest stall"});
  Table text(titles);
  for (const std::size_t at : front) {
    const SweepRow& row = table.rows[at];
    std::vector<std::string> cells = {std::to_string(row.point)};
    for (const std::size_t column : columns) {
      const Json& cell = row.cells[column];
      cells.push_back(cell.is_number_float() ? fmt::format("{:.6g}", cell.get<double>())
                                             : cell_text(cell));
    }
    cells.push_back(share_text(table, row, "total.busy"));
    cells.push_back(row.limited_by + " " +
                    share_text(table, row, "total.stalls." + row.limited_by));
    text.add_row(std::move(cells));
  }
  return text;
}

void run_pareto(ParetoArguments arguments) {
  if (arguments.objectives.size() < 2 || arguments.objectives.size() > 3) {
    throw std::runtime_error("expected two or three --objective");
  }
  std::vector<Objective> objectives;
  for (const std::string& text : arguments.objectives) objectives.push_back(parse_objective(text));
  if (std::filesystem::is_directory(arguments.source.sweep)) {
    arguments.source.store = std::exchange(arguments.source.sweep, "");
  }
  const ResultStore store(arguments.source.store);
  SweepTable table =
      fold(store, find_manifest(arguments.source, program_vocabulary(), program_identity()));
  const std::vector<std::size_t> front = pareto_front(table, objectives);
  if (!arguments.json && arguments.csv != "-") {
    fmt::print("{}", front_table(table, front, objectives).text());
    fmt::print("{} of {} points with results are on the front\n", front.size(),
               table.count(SweepRow::Status::kDone));
  }
  std::vector<SweepRow> rows;
  for (const std::size_t at : front) rows.push_back(std::move(table.rows[at]));
  table.rows = std::move(rows);
  if (arguments.json) {
    write_export("-", [&](std::ostream& stream) { write_table_json(table, nullptr, stream); });
  }
  if (!arguments.csv.empty()) {
    write_export(arguments.csv, [&](std::ostream& stream) { write_table_csv(table, stream); });
  }
}

}  // namespace

void add_pareto_command(CLI::App& app) {
  auto arguments = std::make_shared<ParetoArguments>();
  CLI::App* verb =
      app.add_subcommand("pareto", "The designs of a sweep that no other one beats in everything");
  verb->add_option("sweep", arguments->source.sweep,
                   "Sweep file, folder of results, or name of a sweep in --store")
      ->required();
  verb->add_option("--store", arguments->source.store, "Folder of results")
      ->default_val(kDefaultStore);
  verb->add_option("--objective", arguments->objectives,
                   "FIGURE:min or FIGURE:max; two or three of them")
      ->allow_extra_args(false)
      ->required();
  verb->add_option("--csv", arguments->csv, "CSV file to write; - for standard output");
  verb->add_flag("--json", arguments->json, "Print JSON");
  verb->footer(
      "A point is on the front unless another one is as good in every objective and better in "
      "one.\n"
      "`busy` and `largest stall` are shares of the cycles: what limits the design.\n"
      "Examples:\n"
      "  systerm pareto configs/sweeps/array_by_budget.yaml --objective total.cycles:min "
      "--objective rows:min\n"
      "  systerm pareto results --objective total.cycles:min --objective "
      "total.bytes.dram.read:min\n"
      "JSON keys: those of `sweep export --json`, with the rows of the front.");
  verb->callback([arguments] { run_pareto(*arguments); });
}

}  // namespace systerm
