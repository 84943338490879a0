// SPDX-License-Identifier: Apache-2.0
// `describe`: what is wired to what in a design, and its address map.
#include <filesystem>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/accelerator/connections.h"
#include "model/cli/address_map.h"
#include "model/cli/commands.h"
#include "model/cli/output_file.h"
#include "model/cli/table.h"
#include "model/cli/vocabulary.h"
#include "model/design/load_design.h"
#include "model/design/load_experiment.h"
#include "model/report/block_diagram.h"
#include "workloads/document/document.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

struct DescribeOptions {
  std::string source;
  std::string dot_file;
  bool json = false;
};

/// Designs have neither key. A document that cannot be read is left to the loader's diagnostics.
bool is_experiment(const std::string& file) {
  Diagnostics ignored;
  const Document document = Document::load(file, ignored);
  const Tree& tree = document.tree();
  return tree && (tree->find("workload") != nullptr || tree->find("design") != nullptr);
}

Design design_of(const std::string& source) {
  const Vocabulary vocabulary = program_vocabulary();
  if (std::filesystem::is_regular_file(source) && is_experiment(source)) {
    return load_experiment(source, vocabulary).design;
  }
  return load_design(source, vocabulary);
}

Json design_json(const Design& design) {
  Json units = Json::array();
  const auto cores = static_cast<std::size_t>(design.cores.count);
  for (const std::string& unit : connected_units(cores)) {
    units.push_back({{"name", unit}, {"summary", unit_summary(design, unit)}});
  }
  Json wires = Json::array();
  for (const Connection& each : connections(cores)) {
    wires.push_back({{"from_unit", each.from_unit},
                     {"from_socket", each.from_socket},
                     {"to_unit", each.to_unit},
                     {"to_socket", each.to_socket},
                     {"kind", to_string(each.kind)}});
  }
  Json addresses = Json::array();
  for (const AddressRange& each : address_map(design)) {
    addresses.push_back({{"space", each.space},
                         {"name", each.name},
                         {"base", each.base},
                         {"bytes", each.bytes},
                         {"content", each.content}});
  }
  return {{"name", design.name},
          {"description", design.description},
          {"clock_hz", design.clock_hz},
          {"cores", design.cores.count},
          {"units", std::move(units)},
          {"connections", std::move(wires)},
          {"address_map", std::move(addresses)}};
}

std::string design_text(const Design& design) {
  std::string text = fmt::format("{}: {}\nclock {:g} MHz\n", design.name, design.description,
                                 design.clock_hz * 1e-6);
  if (design.cores.count > 1) text += cores_text(design);
  text += '\n';
  text += text_diagram(design) + "\nAddress map\n";
  Table table({{"space"}, {"first", true}, {"last", true}, {"what"}, {"content"}});
  for (const AddressRange& each : address_map(design)) {
    table.add_row({each.space, fmt::format("{:#x}", each.base),
                   fmt::format("{:#x}", each.base + each.bytes - 1), each.name, each.content});
  }
  return text + table.text();
}

void run_describe(const DescribeOptions& options) {
  const Design design = design_of(options.source);
  if (!options.dot_file.empty()) write_file(options.dot_file, dot_diagram(design));
  fmt::print("{}", options.json ? design_json(design).dump(2) + "\n" : design_text(design));
}

}  // namespace

void add_describe_command(CLI::App& app) {
  auto options = std::make_shared<DescribeOptions>();
  CLI::App* verb =
      app.add_subcommand("describe", "Show what is wired to what in a design, and its address map");
  verb->add_option("source", options->source,
                   "Name or file of a design, or file of an experiment that has one")
      ->required();
  verb->add_option("--dot", options->dot_file, "Also write the diagram for Graphviz to this file");
  verb->add_flag("--json", options->json, "Print JSON");
  verb->footer(
      "Examples:\n"
      "  systerm describe tq_64x128\n"
      "  systerm describe configs/experiments/resnet18_tq.yaml --dot design.dot\n"
      "JSON keys: name; description; clock_hz; cores; units[] {name, summary}; connections[] "
      "{from_unit,\n"
      "from_socket, to_unit, to_socket, kind}; address_map[] {space, name, base, bytes, content}.");
  verb->callback([options] { run_describe(*options); });
}

}  // namespace systerm
