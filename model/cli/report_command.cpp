// SPDX-License-Identifier: Apache-2.0
// systerm report: a result as one HTML file.
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "model/cli/commands.h"
#include "model/cli/output_file.h"
#include "model/cli/report_source.h"
#include "model/cli/vocabulary.h"
#include "model/report/run_report.h"

namespace systerm {

namespace {

struct ReportArguments {
  std::string source;
  std::string html;
  bool is_static = false;
};

void report(const ReportArguments& arguments) {
  require_writable(arguments.html);
  const ReportStyle style = arguments.is_static ? ReportStyle::kStatic : default_report_style();
  const ResultSource source = load_result(arguments.source, program_vocabulary());
  write_file(
      arguments.html,
      run_report(source.document,
                 {source.experiment ? &*source.experiment : nullptr, source.missing}, style));
  fmt::print("{}\n", arguments.html);
}

}  // namespace

void add_report_command(CLI::App& app) {
  auto arguments = std::make_shared<ReportArguments>();
  CLI::App* command = app.add_subcommand("report", "Show a result as a page for a browser");
  command->add_option("source", arguments->source, "A result.json, or the folder that holds it")
      ->required();
  command->add_option("--html", arguments->html, "File to write: one page, everything in it")
      ->required();
  command->add_flag("--static", arguments->is_static,
                    "Pictures without scripts, as a build without npm gives");
  command->footer(
      "Examples:\n"
      "  systerm run configs/experiments/resnet18_tq.yaml --out results/resnet18\n"
      "  systerm report results/resnet18 --html resnet18.html");
  command->callback([arguments] { report(*arguments); });
}

}  // namespace systerm
