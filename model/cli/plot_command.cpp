// SPDX-License-Identifier: Apache-2.0
// systerm plot: columns of a result or a sweep as one picture.
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "model/cli/commands.h"
#include "model/cli/output_file.h"
#include "model/cli/picture_file.h"
#include "model/cli/report_source.h"
#include "model/cli/vocabulary.h"
#include "model/report/objectives.h"
#include "model/report/plot.h"

namespace systerm {

namespace {

struct PlotArguments {
  ReportSource source;
  PlotRequest request;
  std::string out;
};

void run_plot(const PlotArguments& arguments) {
  require_writable(arguments.out);
  const Vocabulary vocabulary = program_vocabulary();
  const PlotTable table =
      arguments.source.is_result()
          ? layers_plot_table(load_result(arguments.source, vocabulary).document)
          : sweep_plot_table(
                with_cells(load_sweep_results(arguments.source, vocabulary, SweepParts::kPoints)
                               .folded.points));
  write_picture(arguments.out, plot(table, arguments.request));
  fmt::print("{}\n", arguments.out);
}

}  // namespace

void add_plot_command(CLI::App& app) {
  auto arguments = std::make_shared<PlotArguments>();
  CLI::App* command = app.add_subcommand("plot", "Draw columns of a result or a sweep");
  arguments->source.add_to(*command);
  PlotRequest& request = arguments->request;
  command->add_option("--x", request.x, "Column across; texts, such as name, give bars")
      ->required();
  command->add_option("--y", request.y, "Column upwards; repeated for several of one unit")
      ->required()
      ->expected(1)
      ->take_all();
  command->add_option("--color,--colour", request.colour, "Column that the colour shows");
  command->add_option("--title", request.title, "Title; names the columns unless given");
  command->add_flag("--log-x", request.log_x, "Logarithmic axis across");
  command->add_flag("--log-y", request.log_y, "Logarithmic axis upwards");
  command->add_flag("--lines", request.lines, "Join the dots, in the order of x");
  command->add_option("--out", arguments->out, "Picture to write, .svg or .png")
      ->required()
      ->check(picture_name());
  command->footer(
      "Columns of a result are those of its layers: name, cycles, utilisation, stalls.skew,\n"
      "bytes.dram.read ...; those of a sweep are its axes, the figures of its points, such as\n"
      "total.cycles, and limited_by.\n"
      "Examples:\n"
      "  systerm plot results/resnet18 --x name --y busy --y stalls.skew --out cycles.svg\n"
      "  systerm plot configs/sweeps/array_by_budget.yaml --x cells --y total.cycles --log-x \\\n"
      "    --log-y --color limited_by --out sweep.png");
  command->callback([arguments] { run_plot(*arguments); });
}

}  // namespace systerm
