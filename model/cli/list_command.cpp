// SPDX-License-Identifier: Apache-2.0
// `list`: the names that experiments may use.
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "components/arithmetic/encoding.h"
#include "components/arithmetic/format.h"
#include "components/arithmetic/tensor_format.h"
#include "components/array/cell.h"
#include "components/dram/scheduler.h"
#include "components/dram/write_batching.h"
#include "model/cli/commands.h"
#include "model/cli/vocabulary.h"
#include "model/design/dram_preset.h"

namespace systerm {
namespace {

struct ListOptions {
  std::string kind;  ///< empty for all
  bool json = false;
};

std::vector<std::string> encoding_names() {
  std::vector<std::string> names;
  for (const Encoding each : kEncodings) names.emplace_back(to_string(each));
  return names;
}

std::vector<std::string> design_names() { return program_vocabulary().design_names(); }
std::vector<std::string> technology_names() { return program_vocabulary().technology_names(); }

const std::vector<std::pair<std::string, std::function<std::vector<std::string>()>>>& kinds() {
  static const std::vector<std::pair<std::string, std::function<std::vector<std::string>()>>> all =
      {{"networks", known_networks},
       {"designs", design_names},
       {"technologies", technology_names},
       {"cells", cell_names},
       {"formats", format_names},
       {"tensor_formats", tensor_format_names},
       {"encodings", encoding_names},
       {"memories", dram_preset_names},
       {"dram_schedulers", dram_scheduler_names},
       {"write_batchings", write_batching_names}};
  return all;
}

void run_list(const ListOptions& options) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  std::string text;
  for (const auto& [kind, names_of] : kinds()) {
    if (!options.kind.empty() && options.kind != kind) continue;
    const std::vector<std::string> names = names_of();
    json[kind] = names;
    const bool is_titled = options.kind.empty();
    if (is_titled) text += fmt::format("{}{}:\n", text.empty() ? "" : "\n", kind);
    for (const std::string& name : names)
      text += fmt::format("{}{}\n", is_titled ? "  " : "", name);
  }
  fmt::print("{}", options.json ? json.dump(2) + "\n" : text);
}

}  // namespace

void add_list_command(CLI::App& app) {
  auto options = std::make_shared<ListOptions>();
  CLI::App* verb = app.add_subcommand("list", "List the names that experiments may use");
  std::vector<std::string> names;
  for (const auto& each : kinds()) names.push_back(each.first);
  verb->add_option("kind", options->kind, "What to list; everything if not given")
      ->check(CLI::IsMember(names));
  verb->add_flag("--json", options->json, "Print JSON");
  verb->footer(
      "Examples:\n"
      "  systerm list\n"
      "  systerm list encodings --json\n"
      "JSON keys: networks, designs, technologies, cells, formats, tensor_formats, encodings,\n"
      "memories, dram_schedulers, write_batchings, or the one asked for; each a list of names.");
  verb->callback([options] { run_list(*options); });
}

}  // namespace systerm
