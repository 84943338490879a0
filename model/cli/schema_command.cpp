// SPDX-License-Identifier: Apache-2.0
// `schema`: JSON Schemas of the YAML files, for editors.
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/cli/commands.h"
#include "model/cli/output_file.h"
#include "model/cli/vocabulary.h"
#include "model/design/schema.h"
#include "model/exploration/sweep_schema.h"
#include "model/training/training_schema.h"

namespace systerm {
namespace {

struct SchemaOptions {
  std::string kind = "experiment";
  std::string out;
};

using Describe = std::function<nlohmann::ordered_json(const Vocabulary&)>;

const std::vector<std::pair<std::string, Describe>>& kinds() {
  static const std::vector<std::pair<std::string, Describe>> all = {
      {"experiment", experiment_schema},
      {"design", design_schema},
      {"technology", technology_schema},
      {"precision", precision_schema},
      {"sweep", sweep_schema},
      {"training",
       [](const Vocabulary& all_names) { return training_schema(all_names.networks); }}};
  return all;
}

void run_schema(const SchemaOptions& options) {
  for (const auto& [kind, describe] : kinds()) {
    if (kind != options.kind) continue;
    const std::string text = describe(program_vocabulary()).dump(2) + "\n";
    if (options.out.empty()) {
      fmt::print("{}", text);
    } else {
      write_file(options.out, text);
    }
  }
}

}  // namespace

void add_schema_command(CLI::App& app) {
  auto options = std::make_shared<SchemaOptions>();
  CLI::App* verb = app.add_subcommand("schema", "Print the JSON Schema of a kind of YAML file");
  std::vector<std::string> names;
  for (const auto& each : kinds()) names.push_back(each.first);
  verb->add_option("kind", options->kind, "Kind of file")
      ->check(CLI::IsMember(names))
      ->capture_default_str();
  verb->add_option("--out", options->out, "Write it to this file");
  verb->footer(
      "Examples:\n"
      "  systerm schema > systerm.schema.json\n"
      "  systerm schema sweep --out sweep.schema.json\n"
      "An editor with a YAML language server takes it from the first line of a file:\n"
      "  # yaml-language-server: $schema=systerm.schema.json");
  verb->callback([options] { run_schema(*options); });
}

}  // namespace systerm
