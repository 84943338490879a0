// SPDX-License-Identifier: Apache-2.0
// `init`: a commented file to start from.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "model/cli/commands.h"
#include "model/cli/file_template.h"
#include "model/cli/output_file.h"
#include "model/cli/vocabulary.h"
#include "model/design/file_reference.h"
#include "workloads/document/nearest_name.h"

namespace systerm {
namespace {

struct InitOptions {
  std::string file;  ///< KIND.yaml if empty
  std::string kind = "experiment";
  std::string network;  ///< in place of the template's; empty to keep that
  std::string design;
  bool force = false;
};

void require_known(const std::string& option, const std::string& name,
                   std::initializer_list<std::string_view> extensions,
                   const std::vector<std::string>& known) {
  if (name.empty() || looks_like_path(name, extensions)) return;
  if (std::ranges::find(known, name) != known.end()) return;
  throw std::invalid_argument(
      fmt::format("{}: unknown name '{}'; {}", option, name, suggest_name(name, known)));
}

/// Puts `value` behind the keys `keys` wherever the template has its own value there.
void substitute(std::string& text, const std::string& option,
                std::initializer_list<std::string_view> keys, std::string_view value) {
  if (value.empty()) return;
  bool is_found = false;
  for (const std::string_view key : keys) {
    const std::string start = fmt::format("{}: ", key);
    for (std::size_t line = 0; line < text.size(); line = text.find('\n', line) + 1) {
      const std::size_t end = text.find('\n', line);
      const std::size_t at = text.find(start, line);
      if (at >= end || text.find('#', line) < at) continue;
      const std::size_t from = at + start.size();
      const std::size_t to = text.find_first_of(",}\n", from);
      text.replace(from, to - from, value);
      is_found = true;
    }
  }
  if (!is_found) throw std::invalid_argument(fmt::format("{}: this kind of file has none", option));
}

void run_init(const InitOptions& options) {
  const Vocabulary vocabulary = program_vocabulary();
  require_known("--network", options.network, {".onnx", ".csv"}, vocabulary.networks);
  require_known("--design", options.design, {".yaml", ".yml"}, vocabulary.design_names());
  const auto all = file_templates();
  const auto found = std::ranges::find(all, options.kind, &EmbeddedText::name);
  std::string text(found->text);
  substitute(text, "--network", {"network"}, options.network);
  substitute(text, "--design", {"design", "base"}, options.design);
  const std::filesystem::path file = options.file.empty() ? options.kind + ".yaml" : options.file;
  if (!options.force && std::filesystem::exists(file)) {
    throw std::runtime_error(
        fmt::format("{} is there already; give another name, or --force", file.string()));
  }
  write_file(file, text);
  fmt::print("wrote {}\n", file.string());
}

}  // namespace

void add_init_command(CLI::App& app) {
  auto options = std::make_shared<InitOptions>();
  CLI::App* verb = app.add_subcommand("init", "Write a commented file to start from");
  std::vector<std::string> kinds;
  for (const EmbeddedText& each : file_templates()) kinds.emplace_back(each.name);
  verb->add_option("file", options->file, "File to write; KIND.yaml if not given");
  verb->add_option("--kind", options->kind, "Kind of file")
      ->check(CLI::IsMember(kinds))
      ->capture_default_str();
  verb->add_option("--network", options->network, "Network: name or path");
  verb->add_option("--design", options->design, "Design: name or path");
  verb->add_flag("--force", options->force, "Write over a file that is there");
  verb->footer(
      "Examples:\n"
      "  systerm init\n"
      "  systerm init my.yaml --network model.onnx --design tq_64x128_ddr4\n"
      "  systerm init --kind sweep");
  verb->callback([options] { run_init(*options); });
}

}  // namespace systerm
