// SPDX-License-Identifier: Apache-2.0
// `pipeline`: a network with an array for every layer.
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/cli/commands.h"
#include "model/cli/table.h"
#include "model/cli/vocabulary.h"
#include "model/design/load_experiment.h"
#include "model/simulation/isolated_run.h"
#include "model/simulation/pipeline_run.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

struct PipelineArguments {
  std::string experiment;
  std::vector<std::string> overrides;
  bool json = false;
};

std::string pipeline_text(const Json& result) {
  Table table({{"layer"},
               {"words", true},
               {"array", true},
               {"folds", true},
               {"first word", true},
               {"last word", true},
               {"alone", true}});
  for (const Json& layer : result["layers"]) {
    const bool has_array = layer.contains("rows");
    table.add_row({layer["name"].get<std::string>(), grouped(layer["words"].get<std::int64_t>()),
                   has_array ? fmt::format("{}x{}", layer["rows"].get<std::int64_t>(),
                                           layer["columns"].get<std::int64_t>())
                             : "-",
                   has_array ? std::to_string(layer["folds"].get<std::int64_t>()) : "-",
                   grouped(layer["first_word_cycle"].get<std::int64_t>()),
                   grouped(layer["last_word_cycle"].get<std::int64_t>()),
                   has_array ? grouped(layer["pass_cycles"].get<std::int64_t>()) : "-"});
  }
  return table.text() +
         fmt::format(
             "{}, fill {}: {} cycles, {:.2f} us, from the first input word to the last "
             "result; layer after layer {} cycles, {:.2f}x; an input every {} cycles; {} "
             "cells\n",
             result["network"].get<std::string>(), result["fill"].get<std::string>(),
             grouped(result["latency_cycles"].get<std::int64_t>()),
             1e6 * result["latency_seconds"].get<double>(),
             grouped(result["layer_by_layer_cycles"].get<std::int64_t>()),
             result["gain"].get<double>(), grouped(result["interval_cycles"].get<std::int64_t>()),
             grouped(result["cells"].get<std::int64_t>()));
}

}  // namespace

void add_pipeline_command(CLI::App& app) {
  auto arguments = std::make_shared<PipelineArguments>();
  CLI::App* verb = app.add_subcommand(
      "pipeline", "Run a network with an array for every layer, coupled by streams");
  verb->add_option("experiment", arguments->experiment, "Experiment (.yaml)")->required();
  verb->add_option("--set", arguments->overrides, "Value over a key, KEY.PATH=VALUE; repeatable")
      ->allow_extra_args(false);
  verb->add_flag("--json", arguments->json, "Print one JSON object");
  verb->footer(
      "Examples:\n"
      "  systerm pipeline configs/experiments/resnet20_packed.yaml\n"
      "  systerm pipeline configs/experiments/resnet20_packed.yaml --set pipeline.fill=row_buffer\n"
      "      --set pipeline.cells=4096\n"
      "JSON keys: latency_cycles, latency_seconds, interval_cycles, layer_by_layer_cycles, gain, "
      "cells;\n"
      "layers[]: name, words, rows, columns, folds, first_word_cycle, last_word_cycle, "
      "pass_cycles.");
  verb->callback([arguments] {
    const Experiment experiment =
        load_experiment(arguments->experiment, program_vocabulary(), arguments->overrides);
    IsolatedRun run([&] { return run_pipeline(experiment, experiment.pipeline); });
    const Json result = run.wait();
    fmt::print("{}", arguments->json ? result.dump() + "\n" : pipeline_text(result));
  });
}

}  // namespace systerm
