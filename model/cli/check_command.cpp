// SPDX-License-Identifier: Apache-2.0
// systerm check: reads an experiment, maps its network onto its design, and reports what is wrong.
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/cli/commands.h"
#include "model/cli/vocabulary.h"
#include "model/design/effective_configuration.h"
#include "model/design/load_experiment.h"
#include "model/mapping/mapper.h"
#include "model/simulation/prepared_workload.h"

namespace systerm {

void add_check_command(CLI::App& app) {
  struct Arguments {
    std::string experiment;
    std::vector<std::string> overrides;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("check", "Read an experiment and report every error");
  command->add_option("experiment", arguments->experiment, "Experiment (.yaml)")->required();
  command->add_option("--set", arguments->overrides, "Value over a key, KEY.PATH=VALUE; repeatable")
      ->allow_extra_args(false);
  command->add_flag("--json", arguments->json,
                    "An object: experiment, design, network, layers, macs, memory_bytes, hash");
  command->footer("Example:\n  systerm check configs/experiments/resnet18_tq.yaml");
  command->callback([arguments] {
    const Vocabulary vocabulary = program_vocabulary();
    Experiment experiment =
        load_experiment(arguments->experiment, vocabulary, arguments->overrides);
    const std::string hash = configuration_hash(experiment, vocabulary);
    experiment.run.fidelity = Fidelity::kTiming;
    const auto network = load_workload(experiment);
    const PreparedWorkload workload = prepare_workload(experiment, experiment.precision, network);
    if (!workload.unmatched_rules.empty()) {
      throw WorkloadError(fmt::format("precision.layers: no layer of '{}' matches '{}'",
                                      network->name, fmt::join(workload.unmatched_rules, "', '")));
    }
    const MappedNetwork mapped =
        map_network(experiment.design, *workload.network, experiment.mapping);
    if (experiment.baseline) {
      const PreparedWorkload baseline = prepare_workload(experiment, *experiment.baseline, network);
      map_network(experiment.design, *baseline.network, experiment.mapping);
    }
    if (arguments->json) {
      fmt::print("{}\n", nlohmann::ordered_json{{"experiment", experiment.name},
                                                {"design", experiment.design.name},
                                                {"network", network->name},
                                                {"layers", network->layers.size()},
                                                {"macs", network->macs()},
                                                {"memory_bytes", mapped.memory.bytes},
                                                {"configuration_hash", hash}}
                             .dump(2));
    } else {
      fmt::print("{}: {} layers, {} MACs on {}; {:.1f} MiB of memory; configuration {}\n",
                 network->name, network->layers.size(), network->macs(), experiment.design.name,
                 static_cast<double>(mapped.memory.bytes) / (1 << 20), hash);
    }
  });
}

}  // namespace systerm
