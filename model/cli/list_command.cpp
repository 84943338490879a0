// SPDX-License-Identifier: Apache-2.0
// systerm list: the names that experiments may use.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "components/arithmetic/encoding.h"
#include "components/arithmetic/format.h"
#include "components/array/cell.h"
#include "model/cli/commands.h"
#include "model/cli/vocabulary.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

Json known_names() {
  const Vocabulary vocabulary = program_vocabulary();
  Json names;
  names["networks"] = vocabulary.networks;
  names["designs"] = vocabulary.design_names();
  names["cells"] = cell_names();
  names["formats"] = format_names();
  names["encodings"] = Json::array();
  for (const Encoding encoding : kEncodings) {
    names["encodings"].push_back(std::string(to_string(encoding)));
  }
  return names;
}

}  // namespace

void add_list_command(CLI::App& app) {
  struct Arguments {
    std::string kind;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("list", "Names that experiments may use");
  command->add_option("kind", arguments->kind, "networks, designs, cells, formats or encodings")
      ->check(CLI::IsMember({"networks", "designs", "cells", "formats", "encodings"}));
  command->add_flag("--json", arguments->json, "An object with a list of names a kind");
  command->footer("Examples:\n  systerm list\n  systerm list networks --json");
  command->callback([arguments] {
    Json names = known_names();
    if (!arguments->kind.empty()) names = Json{{arguments->kind, names[arguments->kind]}};
    if (arguments->json) {
      fmt::print("{}\n", names.dump(2));
      return;
    }
    for (const auto& [kind, entries] : names.items()) {
      fmt::print("{}\n", kind);
      for (const Json& entry : entries) fmt::print("  {}\n", entry.get<std::string>());
    }
  });
}

}  // namespace systerm
