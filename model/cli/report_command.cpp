// SPDX-License-Identifier: Apache-2.0
// systerm report: a result or a sweep as one HTML file.
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "model/cli/commands.h"
#include "model/cli/output_file.h"
#include "model/cli/report_source.h"
#include "model/cli/vocabulary.h"
#include "model/report/run_report.h"
#include "model/report/sweep_report.h"

namespace systerm {

namespace {

struct ReportArguments {
  ReportSource source;
  std::string html;
  std::vector<std::string> objectives;
  std::optional<std::size_t> point;
  bool is_static = false;
};

std::string page_of(const ReportArguments& arguments) {
  const ReportStyle style = arguments.is_static ? ReportStyle::kStatic : default_report_style();
  const Vocabulary vocabulary = program_vocabulary();
  if (!arguments.source.is_result() && !arguments.point) {
    const LoadedSweep sweep =
        load_sweep_results(arguments.source, vocabulary, SweepParts::kPointsAndLayers);
    return sweep_report(sweep.store, sweep.folded, {arguments.objectives, arguments.html, style});
  }
  if (arguments.source.is_result() && (arguments.point || !arguments.objectives.empty())) {
    throw std::runtime_error(fmt::format("{}: is a result; --point and --objective go with a sweep",
                                         arguments.source.source));
  }
  const LoadedResult result = arguments.point
                                  ? load_point(arguments.source, *arguments.point, vocabulary)
                                  : load_result(arguments.source, vocabulary);
  return run_report(result.document,
                    {result.experiment ? &*result.experiment : nullptr, result.missing}, style);
}

void report(const ReportArguments& arguments) {
  require_writable(arguments.html);
  write_file(arguments.html, page_of(arguments));
  fmt::print("{}\n", arguments.html);
}

}  // namespace

void add_report_command(CLI::App& app) {
  auto arguments = std::make_shared<ReportArguments>();
  CLI::App* command =
      app.add_subcommand("report", "Show a result or a sweep as a page for a browser");
  arguments->source.add_to(*command);
  command->add_option("--html", arguments->html, "File to write: one page, everything in it")
      ->required();
  CLI::Option* point = command->add_option("--point", arguments->point,
                                           "Report this point of the sweep as a run of its own");
  command
      ->add_option("--objective", arguments->objectives,
                   "Figure of the front, such as total.cycles: upwards first, then across")
      ->expected(1)
      ->take_all()
      ->excludes(point);
  command->add_flag("--static", arguments->is_static,
                    "Pictures without scripts, as a build without npm gives");
  command->footer(
      "Examples:\n"
      "  systerm run configs/experiments/resnet18_tq.yaml --out results/resnet18\n"
      "  systerm report results/resnet18 --html resnet18.html\n"
      "  systerm sweep run configs/sweeps/array_by_budget.yaml\n"
      "  systerm report configs/sweeps/array_by_budget.yaml --html sweep.html\n"
      "  systerm report configs/sweeps/array_by_budget.yaml --point 17 --html point_17.html");
  command->callback([arguments] {
    if (arguments->objectives.size() > 2) {
      throw CLI::ValidationError("--objective", "two at most");
    }
    report(*arguments);
  });
}

}  // namespace systerm
