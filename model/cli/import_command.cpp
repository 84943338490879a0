// SPDX-License-Identifier: Apache-2.0
// systerm import: layers, MACs and coverage of a model.
#include <algorithm>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/cli/commands.h"
#include "workloads/zoo/load_network.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

std::int64_t layer_parameters(const Gemm& gemm) {
  return gemm.filters() * gemm.k + static_cast<std::int64_t>(gemm.bias.size());
}

Json describe_network(const Network& network) {
  Json json;
  json["network"] = network.name;
  json["layers"] = Json::array();
  for (const Layer& layer : network.layers) {
    const Gemm* gemm = layer.gemm();
    json["layers"].push_back({{"name", layer.name},
                              {"type", layer.type},
                              {"m", gemm ? gemm->m : 0},
                              {"k", gemm ? gemm->k : 0},
                              {"n", gemm ? gemm->n : 0},
                              {"groups", gemm ? gemm->groups : 0},
                              {"macs", gemm ? gemm->macs() : 0},
                              {"parameters", gemm ? layer_parameters(*gemm) : 0}});
  }
  std::int64_t missing_macs = 0;
  Json unmodelled = Json::array();
  for (const UnmodelledOperator& missing : network.unmodelled) {
    missing_macs += missing.macs;
    unmodelled.push_back({{"name", missing.name},
                          {"type", missing.type},
                          {"reason", missing.reason},
                          {"macs", missing.macs},
                          {"bytes", missing.bytes}});
  }
  json["total_macs"] = network.macs();
  json["total_parameters"] = network.parameters();
  json["coverage"] = {
      {"macs", static_cast<double>(network.macs()) /
                   static_cast<double>(std::max<std::int64_t>(1, network.macs() + missing_macs))},
      {"unmodelled", unmodelled}};
  return json;
}

void print_network(const Json& json) {
  fmt::print("{:<32} {:<24} {:>9} {:>7} {:>7} {:>6} {:>14} {:>11}\n", "layer", "type", "M", "K",
             "N", "groups", "MACs", "parameters");
  for (const Json& layer : json["layers"]) {
    fmt::print("{:<32} {:<24} {:>9} {:>7} {:>7} {:>6} {:>14} {:>11}\n",
               layer["name"].get<std::string>(), layer["type"].get<std::string>(),
               layer["m"].get<std::int64_t>(), layer["k"].get<std::int64_t>(),
               layer["n"].get<std::int64_t>(), layer["groups"].get<std::int64_t>(),
               layer["macs"].get<std::int64_t>(), layer["parameters"].get<std::int64_t>());
  }
  fmt::print("\n{} MACs, {} parameters; modelled: {:.1f} % of the MACs\n",
             json["total_macs"].get<std::int64_t>(), json["total_parameters"].get<std::int64_t>(),
             100.0 * json["coverage"]["macs"].get<double>());
  for (const Json& missing : json["coverage"]["unmodelled"]) {
    fmt::print("not modelled: {} ({}): {}\n", missing["name"].get<std::string>(),
               missing["type"].get<std::string>(), missing["reason"].get<std::string>());
  }
}

}  // namespace

void add_import_command(CLI::App& app) {
  struct Arguments {
    std::string model;
    std::int64_t batch = 0;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("import", "Layers, MACs and coverage of a model");
  command
      ->add_option("model", arguments->model,
                   "An .onnx file, a SCALE-Sim topology .csv, or the name of a zoo network")
      ->required();
  command->add_option("--batch", arguments->batch, "Images in a batch; the model's own by default")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--json", arguments->json,
                    "An object: layers[], total_macs, total_parameters, coverage");
  command->footer("Examples:\n  systerm import model.onnx\n  systerm import resnet18 --json");
  command->callback([arguments] {
    const LoadedNetwork loaded = load_network_with_notes(arguments->model, arguments->batch);
    Json json = describe_network(loaded.network);
    json["notes"] = loaded.notes;
    if (arguments->json) {
      fmt::print("{}\n", json.dump(2));
      return;
    }
    print_network(json);
    for (const std::string& note : loaded.notes) fmt::print("note: {}\n", note);
  });
}

}  // namespace systerm
