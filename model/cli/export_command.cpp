// SPDX-License-Identifier: Apache-2.0
// `export`: the layers and the array of an experiment, for other tools.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "model/cli/commands.h"
#include "model/cli/output_file.h"
#include "model/cli/vocabulary.h"
#include "model/design/load_experiment.h"
#include "model/interchange/exporter.h"
#include "model/simulation/prepared_workload.h"

namespace systerm {
namespace {

struct ExportOptions {
  std::string file;
  std::string tool;
  std::string out;
  std::vector<std::string> overrides;
};

void run_export(const ExportOptions& options) {
  Experiment experiment = load_experiment(options.file, program_vocabulary(), options.overrides);
  // Shapes alone are written; weights need not be there.
  experiment.run.fidelity = Fidelity::kTiming;
  const std::shared_ptr<const Network> network = load_workload(experiment);
  const auto exporter = std::ranges::find(exporters(), options.tool, &Exporter::name);
  const std::vector<ExportedFile> files = exporter->files(experiment, *network);
  const std::filesystem::path folder = options.out;
  for (const ExportedFile& file : files) {
    std::filesystem::create_directories((folder / file.name).parent_path());
    write_file(folder / file.name, file.text);
  }
  fmt::print("wrote {} files to {}; there, for example:\n  {}\n", files.size(), options.out,
             exporter->usage);
  for (const UnmodelledOperator& each : network->unmodelled) {
    fmt::print("left out, not modelled: {} ({}, {} MACs): {}\n", each.name, each.type, each.macs,
               each.reason);
  }
}

}  // namespace

void add_export_command(CLI::App& app) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* verb = app.add_subcommand(
      "export", "Write the layers and the array of an experiment for other tools");
  std::vector<std::string> names;
  for (const Exporter& each : exporters()) names.push_back(each.name);
  verb->add_option("experiment", options->file, "Experiment (.yaml)")->required();
  verb->add_option("--to", options->tool, "Tool whose files to write")
      ->check(CLI::IsMember(names))
      ->required();
  verb->add_option("--out", options->out, "Folder for the files")->required();
  verb->add_option("--set", options->overrides, "Value over a key, KEY.PATH=VALUE; repeatable")
      ->allow_extra_args(false);
  verb->footer(
      "Examples:\n"
      "  systerm export configs/experiments/resnet18_tq.yaml --to scalesim --out scalesim\n"
      "  systerm export configs/experiments/resnet18_tq.yaml --to timeloop --out timeloop");
  verb->callback([options] { run_export(*options); });
}

}  // namespace systerm
