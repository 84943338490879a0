// SPDX-License-Identifier: Apache-2.0
// systerm encode: terms of integers, and what a group budget keeps of them.
#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "components/arithmetic/encoding.h"
#include "components/arithmetic/term_quantization.h"
#include "model/cli/commands.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

struct EncodeArguments {
  std::vector<std::string> values;
  std::string encoding = "hese";
  int group_size = 0;
  int group_budget = -1;
  bool json = false;
};

int parse_integer(const std::string& text) {
  std::size_t end = 0;
  int value = 0;
  try {
    value = std::stoi(text, &end);
  } catch (const std::exception&) {
    end = 0;
  }
  if (end == 0 || end != text.size() || std::abs(value) > kMaxEncodableMagnitude) {
    throw std::invalid_argument(fmt::format("'{}' is not an integer from -{} to {}", text,
                                            kMaxEncodableMagnitude, kMaxEncodableMagnitude));
  }
  return value;
}

Encoding parse_encoding(const std::string& name) {
  if (const auto encoding = encoding_from_string(name)) return *encoding;
  std::string known;
  for (const Encoding encoding : kEncodings) known += fmt::format(" {}", to_string(encoding));
  throw std::invalid_argument(fmt::format("unknown encoding '{}'; known are{}", name, known));
}

Json encode_group(const std::vector<int>& values, Encoding encoding, int budget) {
  Json json;
  json["values"] = values;
  json["terms"] = Json::array();
  int all_terms = 0;
  for (const int value : values) {
    Json terms = Json::array();
    for (const Term& term : encode(encoding, value)) {
      terms.push_back({int{term.exponent}, int{term.sign}});
      ++all_terms;
    }
    json["terms"].push_back(terms);
  }
  json["kept"] = Json::array();
  std::vector<int> kept_values(values.size(), 0);
  for (const KeptTerm& kept : keep_group_terms(values, encoding, budget < 0 ? all_terms : budget)) {
    json["kept"].push_back({kept.index, int{kept.term.exponent}, int{kept.term.sign}});
    kept_values[static_cast<std::size_t>(kept.index)] += kept.term.value();
  }
  json["kept_values"] = kept_values;
  return json;
}

std::string term_text(int exponent, int sign) {
  return fmt::format("{}{}", sign > 0 ? '+' : '-', 1 << exponent);
}

void print_group(const Json& group) {
  for (std::size_t i = 0; i < group["values"].size(); ++i) {
    std::string terms;
    for (const Json& term : group["terms"][i]) {
      terms += ' ' + term_text(term[0].get<int>(), term[1].get<int>());
    }
    fmt::print("{:>7} ={:<40} kept: {}\n", group["values"][i].get<int>(), terms,
               group["kept_values"][i].get<int>());
  }
}

void encode_values(const EncodeArguments& arguments) {
  const Encoding encoding = parse_encoding(arguments.encoding);
  std::vector<std::vector<int>> groups;
  if (arguments.values.empty()) {
    for (std::string line; std::getline(std::cin, line);) {
      std::istringstream words(line);
      std::vector<int> group;
      for (std::string word; words >> word;) group.push_back(parse_integer(word));
      if (!group.empty()) groups.push_back(std::move(group));
    }
  } else {
    for (const std::string& text : arguments.values) {
      const int value = parse_integer(text);
      if (groups.empty() ||
          (arguments.group_size > 0 &&
           groups.back().size() == static_cast<std::size_t>(arguments.group_size))) {
        groups.emplace_back();
      }
      groups.back().push_back(value);
    }
  }
  for (const std::vector<int>& group : groups) {
    if (arguments.group_size > 0 && group.size() > static_cast<std::size_t>(arguments.group_size)) {
      throw std::invalid_argument(fmt::format("a group of {} values, --group-size is {}",
                                              group.size(), arguments.group_size));
    }
    const Json json = encode_group(group, encoding, arguments.group_budget);
    if (arguments.json) {
      fmt::print("{}\n", json.dump());
    } else {
      print_group(json);
    }
  }
}

}  // namespace

void add_encode_command(CLI::App& app) {
  auto arguments = std::make_shared<EncodeArguments>();
  CLI::App* command = app.add_subcommand("encode", "Terms of integers, and what a budget keeps");
  // Negative integers are values, not options.
  command->allow_extras();
  command->prefix_command(false);
  command
      ->add_option("--encoding", arguments->encoding, "binary, booth2, booth4, hese_hybrid or hese")
      ->capture_default_str();
  command->add_option("--group-size", arguments->group_size, "Values a group")
      ->check(CLI::PositiveNumber);
  command->add_option("--group-budget", arguments->group_budget, "Terms kept of a group")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--json", arguments->json,
                    "One line a group: values, terms, kept [index, exponent, sign], kept_values");
  command->footer(
      "Integers are arguments, or one group a line on standard input.\n"
      "Examples:\n"
      "  systerm encode 27 -6 255\n"
      "  systerm encode --group-size 4 --group-budget 6 27 6 3 1 --json\n"
      "  echo '27 6 3 1' | systerm encode --group-budget 6");
  command->callback([arguments, command] {
    arguments->values.clear();
    for (const std::string& word : command->remaining()) {
      if (word != "--") arguments->values.push_back(word);
    }
    encode_values(*arguments);
  });
}

}  // namespace systerm
