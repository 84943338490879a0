// SPDX-License-Identifier: Apache-2.0
// `completion`: scripts that let a shell complete verbs, options and their values.
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "model/cli/commands.h"

namespace systerm {
namespace {

struct OptionWords {
  std::string name;
  std::string description;
  std::vector<std::string> values;  ///< of an enumeration; empty for others
  bool takes_value = false;
};

/// A verb or a verb of a verb; `path` is "" for the program itself.
struct VerbWords {
  std::string path;
  std::vector<std::pair<std::string, std::string>> verbs;  ///< name and description
  std::vector<OptionWords> options;
  std::vector<std::string> arguments;  ///< values of its positional arguments, where they are few
};

/// CLI11 writes the members of an enumeration as {a,b} behind the type.
std::vector<std::string> enumeration(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return {};
  return CLI::detail::split(type.substr(open + 1, close - open - 1), ',');
}

void collect(const CLI::App& app, const std::string& path, std::vector<VerbWords>& all) {
  VerbWords words{path, {}, {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    const std::vector<std::string> values = enumeration(*option);
    if (option->get_positional()) {
      words.arguments.insert(words.arguments.end(), values.begin(), values.end());
      continue;
    }
    for (const std::string& name : option->get_lnames()) {
      words.options.push_back(
          {"--" + name, option->get_description(), values, option->get_items_expected_max() > 0});
    }
  }
  for (const CLI::App* each : app.get_subcommands({})) {
    words.verbs.emplace_back(each->get_name(), each->get_description());
  }
  all.push_back(std::move(words));
  for (const CLI::App* each : app.get_subcommands({})) {
    collect(*each, path.empty() ? each->get_name() : path + " " + each->get_name(), all);
  }
}

std::string option_names(const VerbWords& verb) {
  std::string names;
  for (const OptionWords& each : verb.options) names += fmt::format(" {}", each.name);
  return names;
}

/// Words come from the verb that the line has named so far; without any the shell completes files.
std::string bash_script(const std::vector<VerbWords>& all) {
  std::string paths;
  std::string values;
  std::string words;
  for (const VerbWords& verb : all) {
    paths += fmt::format("      '{}') path=\"$next\" ;;\n", verb.path);
    for (const OptionWords& option : verb.options) {
      if (option.values.empty() && !option.takes_value) continue;
      values += fmt::format("    '{} {}') words='{}'; value=1 ;;\n", verb.path, option.name,
                            fmt::join(option.values, " "));
    }
    std::string names;
    for (const auto& each : verb.verbs) names += fmt::format("{} ", each.first);
    words += fmt::format("    '{}') words='{}{}'; options='{}' ;;\n", verb.path, names,
                         fmt::join(verb.arguments, " "), option_names(verb));
  }
  return fmt::format(R"(_systerm() {{
  local cur="${{COMP_WORDS[COMP_CWORD]}}" prev="${{COMP_WORDS[COMP_CWORD-1]}}"
  local path='' next word words='' options='' value='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${{COMP_WORDS[i]}}"
    next="${{path:+$path }}$word"
    case "$next" in
{}    esac
  done
  case "$path $prev" in
{}  esac
  if [ -z "$value" ]; then
    case "$path" in
{}    esac
    case "$cur" in -*) words="$options" ;; esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -o default -o bashdefault -F _systerm systerm
)",
                     paths, values, words);
}

std::string zsh_script(const std::vector<VerbWords>& all) {
  return "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n" +
         bash_script(all);
}

std::string in_quotes(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\'' || c == '\\') escaped += '\\';
    escaped += c == '\n' ? ' ' : c;
  }
  return "'" + escaped + "'";
}

/// True where all verbs of `path` stand on the line; none for the program itself.
std::string fish_condition(const std::string& path) {
  if (path.empty()) return "__fish_use_subcommand";
  std::string condition;
  for (const std::string& verb : CLI::detail::split(path, ' ')) {
    condition +=
        fmt::format("{}__fish_seen_subcommand_from {}", condition.empty() ? "" : "; and ", verb);
  }
  return condition;
}

std::string fish_script(const std::vector<VerbWords>& all) {
  std::string script;
  for (const VerbWords& verb : all) {
    const std::string start =
        fmt::format("complete -c systerm -n {}", in_quotes(fish_condition(verb.path)));
    for (const auto& [name, description] : verb.verbs) {
      script += fmt::format("{} -f -a {} -d {}\n", start, name, in_quotes(description));
    }
    for (const std::string& value : verb.arguments) {
      script += fmt::format("{} -a {}\n", start, value);
    }
    for (const OptionWords& option : verb.options) {
      script += fmt::format(
          "{} -l {} -d {}{}{}\n", start, option.name.substr(2), in_quotes(option.description),
          option.takes_value ? " -r" : "",
          option.values.empty() ? "" : fmt::format(" -f -a '{}'", fmt::join(option.values, " ")));
    }
  }
  return script;
}

void run_completion(const CLI::App& app, const std::string& shell) {
  std::vector<VerbWords> all;
  collect(app, "", all);
  fmt::print("{}", shell == "fish"  ? fish_script(all)
                   : shell == "zsh" ? zsh_script(all)
                                    : bash_script(all));
}

}  // namespace

void add_completion_command(CLI::App& app) {
  auto shell = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("completion", "Print a script that completes command lines");
  verb->add_option("shell", *shell, "Shell")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->required();
  verb->footer(
      "Examples:\n"
      "  source <(systerm completion bash)\n"
      "  systerm completion zsh > ~/.systerm-completion && source ~/.systerm-completion\n"
      "  systerm completion fish > ~/.config/fish/completions/systerm.fish");
  verb->callback([&app, shell] { run_completion(app, *shell); });
}

}  // namespace systerm
