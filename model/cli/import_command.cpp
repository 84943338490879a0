// SPDX-License-Identifier: Apache-2.0
// `import`: the layers that a model file becomes, and what of it is not modelled.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/cli/commands.h"
#include "model/cli/extents_option.h"
#include "model/cli/table.h"
#include "model/report/result_tables.h"
#include "model/simulation/measurement_json.h"
#include "workloads/zoo/load_network.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

struct ImportCommandOptions {
  std::string file;
  std::int64_t batch = 0;
  std::vector<std::string> extents;
  bool json = false;
};

/// What the model stores for a layer; weights that another layer has are counted there.
std::int64_t parameters(const Layer& layer) {
  if (const auto* row = std::get_if<RowOperation>(&layer.operation)) {
    return row->function->parameters();
  }
  const Gemm* gemm = layer.gemm();
  if (gemm == nullptr || gemm->second || gemm->weights_of) return 0;
  const std::int64_t weights = gemm->is_tied ? 0 : gemm->filters() * gemm->k;
  return weights + static_cast<std::int64_t>(gemm->bias.size());
}

Json network_json(const LoadedNetwork& loaded) {
  const Network& network = loaded.network;
  Json layers = Json::array();
  for (const Layer& layer : network.layers) {
    const Gemm* gemm = layer.gemm();
    Json row = {{"name", layer.name}, {"type", layer.type}};
    row["m"] = gemm ? Json(gemm->m) : Json();
    row["k"] = gemm ? Json(gemm->k) : Json();
    row["n"] = gemm ? Json(gemm->n) : Json();
    row["groups"] = gemm ? Json(gemm->groups) : Json();
    row["macs"] = gemm ? gemm->macs() : 0;
    row["parameters"] = parameters(layer);
    layers.push_back(std::move(row));
  }
  Json unmodelled = Json::array();
  for (const UnmodelledOperator& each : network.unmodelled) {
    unmodelled.push_back(
        {{"name", each.name}, {"type", each.type}, {"reason", each.reason}, {"macs", each.macs}});
  }
  Json json = {
      {"layers", std::move(layers)},
      {"total_macs", network.macs()},
      {"total_parameters", network.parameters()},
      {"coverage", {{"macs", modelled_share(network)}, {"unmodelled", std::move(unmodelled)}}},
      {"notes", loaded.notes}};
  if (Json scales = scales_json(network); !scales.is_null()) json["scales"] = std::move(scales);
  return json;
}

std::string network_text(const LoadedNetwork& loaded) {
  const Network& network = loaded.network;
  Table table({{"layer"},
               {"type"},
               {"M", true},
               {"K", true},
               {"N", true},
               {"groups", true},
               {"MACs", true},
               {"parameters", true}});
  for (const Layer& layer : network.layers) {
    if (const Gemm* gemm = layer.gemm()) {
      table.add_row({layer.name, layer.type, grouped(gemm->m), grouped(gemm->k), grouped(gemm->n),
                     grouped(gemm->groups), grouped(gemm->macs()), grouped(parameters(layer))});
    } else {
      table.add_row({layer.name, layer.type, "-", "-", "-", "-", "0", grouped(parameters(layer))});
    }
  }
  table.add_rule();
  table.add_row(
      {"total", "", "", "", "", "", grouped(network.macs()), grouped(network.parameters())});
  std::string text = table.text();
  text += fmt::format("\ncoverage: {:.2f} % of MACs modelled", 100.0 * modelled_share(network));
  if (network.unmodelled.empty()) {
    text += ", every operator has a layer\n";
  } else {
    text += fmt::format(", {} operators are not:\n\n", network.unmodelled.size());
    Table missing({{"operator"}, {"type"}, {"MACs", true}, {"reason"}});
    for (const UnmodelledOperator& each : network.unmodelled) {
      missing.add_row({each.name, each.type, grouped(each.macs), each.reason});
    }
    text += missing.text();
  }
  const Json scales = scales_json(network);
  if (!scales.is_null()) text += scales_text({{"scales", scales}}) + "\n";
  for (const std::string& note : loaded.notes) text += fmt::format("note: {}\n", note);
  return text;
}

void run_import(const ImportCommandOptions& options) {
  const LoadedNetwork loaded =
      load_network_with_notes(options.file, options.batch, extents_of(options.extents));
  fmt::print("{}", options.json ? network_json(loaded).dump(2) + "\n" : network_text(loaded));
}

}  // namespace

void add_import_command(CLI::App& app) {
  auto options = std::make_shared<ImportCommandOptions>();
  CLI::App* verb = app.add_subcommand("import", "Show the layers of a network");
  verb->add_option("network", options->file,
                   "ONNX model (.onnx), SCALE-Sim topology (.csv), or name of a zoo network")
      ->required();
  verb->add_option("--batch", options->batch,
                   "Images in a batch; the model's own, or 1 where that is open, if not given")
      ->check(CLI::PositiveNumber);
  verb->add_option("--extent", options->extents,
                   "Extent of a symbolic dimension or parameter, NAME=EXTENT; repeatable");
  verb->add_flag("--json", options->json, "Print JSON");
  verb->footer(
      "Examples:\n"
      "  systerm import model.onnx\n"
      "  systerm import model.onnx --batch 8 --json\n"
      "  systerm import resnet18\n"
      "  systerm import bert_base --extent sequence_length=384\n"
      "JSON keys: layers[] {name, type, m, k, n, groups, macs, parameters}, where m, k, n and "
      "groups\n"
      "are null for layers that multiply nothing; total_macs; total_parameters; coverage {macs: "
      "share\n"
      "modelled, 0 to 1; unmodelled[] {name, type, reason, macs}}; notes[].");
  verb->callback([options] { run_import(*options); });
}

}  // namespace systerm
