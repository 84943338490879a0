// SPDX-License-Identifier: Apache-2.0
// `check`: whether an experiment can be read and its network fits its design, and what it says.
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "components/arithmetic/encoding.h"
#include "components/arithmetic/format.h"
#include "model/cli/commands.h"
#include "model/cli/vocabulary.h"
#include "model/design/effective_configuration.h"
#include "model/design/load_experiment.h"
#include "model/report/block_diagram.h"
#include "model/simulation/experiment_run.h"
#include "workloads/document/diagnostics.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

struct CheckOptions {
  std::string file;
  std::vector<std::string> overrides;
  bool json = false;
};

std::string precision_text(const Precision& precision) {
  const FormatParameters& p = precision.parameters;
  std::string text = fmt::format("{}, weights {} bits, data {} bits, g {}", precision.format,
                                 p.weight_bits, p.data_bits, p.group_size);
  if (precision.format == "term_quantized") {
    text += fmt::format(", k {}, s {}, {}", p.group_budget, p.data_terms, to_string(p.encoding));
  }
  if (precision.format == "bfp") {
    text += fmt::format(", m {} and {}", p.weight_mantissa_bits, p.data_mantissa_bits);
  }
  return text;
}

std::string workload_text(const Workload& workload) {
  const std::string what = workload.gemms.empty()
                               ? workload.network
                               : fmt::format("{} GEMMs of the file", workload.gemms.size());
  return fmt::format("{}, batch {}, {} weights", what, workload.batch,
                     workload.weights == WeightSource::kFile ? "real" : "synthetic");
}

std::string plan_text(const std::string& title, const PrecisionPlan& plan) {
  std::string text = fmt::format("{:<11}{}\n", title, precision_text(plan.defaults));
  for (const PrecisionRule& rule : plan.layers) {
    text += fmt::format("{:<11}{}: {}\n", "", rule.match, precision_text(rule.precision));
  }
  return text;
}

std::string_view fidelity_name(Fidelity fidelity) {
  return fidelity == Fidelity::kTiming ? "timing" : "data";
}

std::string summary_text(const Experiment& experiment, const std::string& hash) {
  const Design& design = experiment.design;
  std::string text = fmt::format("ok: {}\n", experiment.name);
  if (!experiment.description.empty()) text += experiment.description + "\n";
  text += fmt::format("{:<11}{}, {}, {:g} MHz\n", "design", design.name,
                      unit_summary(design, "array"), design.clock_hz * 1e-6);
  text += fmt::format("{:<11}{}\n", "workload", workload_text(experiment.workload));
  text += plan_text("precision", experiment.precision);
  if (experiment.baseline) text += plan_text("baseline", *experiment.baseline);
  text += fmt::format("{:<11}{} rules\n", "mapping", experiment.mapping.size());
  text += fmt::format("{:<11}fidelity {}, seed {}\n", "run", fidelity_name(experiment.run.fidelity),
                      experiment.run.seed);
  return text + fmt::format("{:<11}{}\n", "hash", hash);
}

Json plan_json(const PrecisionPlan& plan) {
  Json layers = Json::array();
  for (const PrecisionRule& rule : plan.layers) {
    layers.push_back({{"match", rule.match}, {"precision", precision_text(rule.precision)}});
  }
  return {{"default", precision_text(plan.defaults)}, {"layers", std::move(layers)}};
}

Json summary_json(const Experiment& experiment, const std::string& hash) {
  return {{"ok", true},
          {"name", experiment.name},
          {"design", experiment.design.name},
          {"network", experiment.workload.network},
          {"gemms", experiment.workload.gemms.size()},
          {"batch", experiment.workload.batch},
          {"precision", plan_json(experiment.precision)},
          {"baseline", experiment.baseline ? plan_json(*experiment.baseline) : Json()},
          {"fidelity", fidelity_name(experiment.run.fidelity)},
          {"seed", experiment.run.seed},
          {"configuration_hash", hash}};
}

Json errors_json(const DocumentError& error) {
  Json errors = Json::array();
  for (const Diagnostic& each : error.diagnostics()) {
    errors.push_back({{"source", each.source},
                      {"line", each.line},
                      {"column", each.column},
                      {"path", each.path},
                      {"message", each.message}});
  }
  return {{"ok", false}, {"errors", std::move(errors)}};
}

/// Text from files may not be UTF-8.
std::string dumped(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void run_check(const CheckOptions& options) {
  const Vocabulary vocabulary = program_vocabulary();
  try {
    const Experiment experiment = load_experiment(options.file, vocabulary, options.overrides);
    check_fits(experiment);
    const std::string hash = configuration_hash(experiment, vocabulary);
    fmt::print("{}", options.json ? dumped(summary_json(experiment, hash))
                                  : summary_text(experiment, hash));
  } catch (const DocumentError& error) {
    if (options.json) fmt::print("{}", dumped(errors_json(error)));
    throw;
  }
}

}  // namespace

void add_check_command(CLI::App& app) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* verb =
      app.add_subcommand("check", "Read an experiment, map it, and report every error in it");
  verb->add_option("experiment", options->file, "Experiment file (YAML)")->required();
  verb->add_option("--set", options->overrides,
                   "Value laid over the experiment, key.path=value; may be repeated")
      ->allow_extra_args(false);
  verb->add_flag("--json", options->json, "Print JSON");
  verb->footer(
      "Examples:\n"
      "  systerm check configs/experiments/resnet18_tq.yaml\n"
      "  systerm check experiment.yaml --set design.array.rows=32 --set workload.batch=4\n"
      "JSON keys: ok; name; design; network; gemms (number); batch; precision and baseline "
      "{default,\n"
      "layers[] {match, precision}}; fidelity; seed; configuration_hash. With errors: ok (false) "
      "and\n"
      "errors[] {source, line, column, path, message}.");
  verb->callback([options] { run_check(*options); });
}

}  // namespace systerm
