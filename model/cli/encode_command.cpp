// SPDX-License-Identifier: Apache-2.0
// `encode`: the terms of integers, and what a group budget keeps of them.
#include <algorithm>
#include <charconv>
#include <cstdint>
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
#include "model/cli/table.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

struct EncodeOptions {
  std::vector<std::string> values;
  std::string encoding = "hese";
  std::int64_t group_size = 0;  ///< 0: a group an input line
  int group_budget = 0;
  bool has_budget = false;
  bool json = false;
};

struct EncodedGroup {
  std::vector<int> values;
  std::vector<TermList> terms;
  std::vector<KeptTerm> kept;
  std::vector<int> kept_values;
};

int parse_value(const std::string& text) {
  int value = 0;
  const char* first = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(first, last, value);
  const bool out_of_range = error == std::errc::result_out_of_range;
  if (!out_of_range && (error != std::errc() || end != last)) {
    throw std::invalid_argument(fmt::format("encode: '{}' is not an integer", text));
  }
  if (out_of_range || value > kMaxEncodableMagnitude || value < -kMaxEncodableMagnitude) {
    throw std::invalid_argument(fmt::format(
        "encode: {} is out of range; at most +-{} can be encoded", text, kMaxEncodableMagnitude));
  }
  return value;
}

EncodedGroup encode_group(std::vector<int> values, Encoding encoding,
                          const EncodeOptions& options) {
  EncodedGroup group{std::move(values), {}, {}, {}};
  std::size_t count = 0;
  for (const int value : group.values) {
    group.terms.push_back(encode(encoding, value));
    count += group.terms.back().size();
  }
  group.kept = keep_group_terms(
      group.values, encoding, options.has_budget ? options.group_budget : static_cast<int>(count));
  group.kept_values.resize(group.values.size());
  for (const KeptTerm& each : group.kept) {
    group.kept_values[static_cast<std::size_t>(each.index)] += each.term.value();
  }
  return group;
}

std::string term_text(const Term& term) {
  return fmt::format("{}2^{}", term.sign < 0 ? '-' : '+', term.exponent);
}

template <typename Terms>
std::string terms_text(const Terms& terms) {
  std::string text;
  for (const Term& term : terms) text += (text.empty() ? "" : " ") + term_text(term);
  return text.empty() ? "0" : text;
}

std::string group_text(const EncodedGroup& group) {
  Table table({{"index", true}, {"value", true}, {"terms"}, {"kept value", true}, {"kept terms"}});
  for (std::size_t i = 0; i < group.values.size(); ++i) {
    std::vector<Term> kept;
    for (const KeptTerm& each : group.kept) {
      if (each.index == static_cast<int>(i)) kept.push_back(each.term);
    }
    table.add_row({std::to_string(i), std::to_string(group.values[i]), terms_text(group.terms[i]),
                   std::to_string(group.kept_values[i]), terms_text(kept)});
  }
  std::size_t count = 0;
  for (const TermList& terms : group.terms) count += terms.size();
  return table.text() + fmt::format("{} of {} terms kept\n", group.kept.size(), count);
}

Json group_json(const EncodedGroup& group) {
  Json terms = Json::array();
  for (const TermList& list : group.terms) {
    Json of_value = Json::array();
    for (const Term& term : list) of_value.push_back({int{term.exponent}, int{term.sign}});
    terms.push_back(std::move(of_value));
  }
  Json kept = Json::array();
  for (const KeptTerm& each : group.kept) {
    kept.push_back({each.index, int{each.term.exponent}, int{each.term.sign}});
  }
  return {{"values", group.values},
          {"terms", std::move(terms)},
          {"kept", std::move(kept)},
          {"kept_values", group.kept_values}};
}

class Encoder {
 public:
  explicit Encoder(const EncodeOptions& options)
      : options_(options), encoding_(encoding_from_string(options.encoding).value()) {}

  /// One line of input, cut into groups.
  void add(const std::vector<std::string>& texts) {
    std::vector<int> values;
    for (const std::string& text : texts) values.push_back(parse_value(text));
    const std::size_t size =
        options_.group_size > 0 ? static_cast<std::size_t>(options_.group_size) : values.size();
    for (std::size_t i = 0; i < values.size();) {
      const std::size_t end = std::min(values.size() - i, size) + i;
      print(encode_group({values.begin() + static_cast<std::ptrdiff_t>(i),
                          values.begin() + static_cast<std::ptrdiff_t>(end)},
                         encoding_, options_));
      i = end;
    }
  }

  bool is_empty() const { return is_first_; }

 private:
  void print(const EncodedGroup& group) {
    if (options_.json) {
      fmt::print("{}\n", group_json(group).dump());
    } else {
      fmt::print("{}{}", is_first_ ? "" : "\n", group_text(group));
    }
    is_first_ = false;
  }

  const EncodeOptions& options_;
  const Encoding encoding_;
  bool is_first_ = true;
};

void run_encode(const EncodeOptions& options) {
  Encoder encoder(options);
  if (!options.values.empty()) {
    encoder.add(options.values);
    return;
  }
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::vector<std::string> texts;
    for (std::string word; words >> word;) texts.push_back(word);
    encoder.add(texts);
  }
  if (std::cin.bad()) throw std::runtime_error("encode: cannot read standard input");
  if (encoder.is_empty()) throw std::invalid_argument("encode: no integers given");
}

}  // namespace

void add_encode_command(CLI::App& app) {
  auto options = std::make_shared<EncodeOptions>();
  CLI::App* verb =
      app.add_subcommand("encode", "Show the terms of integers and what a budget keeps");
  verb->add_option(
      "values", options->values,
      "Integers, one group; read from standard input, a group a line, if none is given");
  std::vector<std::string> names;
  for (const Encoding each : kEncodings) names.emplace_back(to_string(each));
  verb->add_option("--encoding", options->encoding, "How integers become terms")
      ->check(CLI::IsMember(names))
      ->capture_default_str();
  verb->add_option(
          "--group-size", options->group_size,
          "Cut the integers (of each line) into groups of this size; the last may be short")
      ->check(CLI::PositiveNumber);
  CLI::Option* budget = verb->add_option("--group-budget", options->group_budget,
                                         "Terms kept of a group; all if not given")
                            ->check(CLI::NonNegativeNumber);
  verb->add_flag("--json", options->json, "Print one JSON object a line and group");
  verb->footer(
      "Examples:\n"
      "  systerm encode -27 6\n"
      "  systerm encode --group-size 2 --group-budget 3 --encoding booth4 27 6 255 3\n"
      "  echo '27 6' | systerm encode --json\n"
      "JSON keys: values; terms: for each value a list of [exponent, sign]; kept: [index, "
      "exponent,\n"
      "sign] in the order in which the budget takes them; kept_values.");
  verb->callback([options, budget] {
    options->has_budget = budget->count() > 0;
    run_encode(*options);
  });
}

}  // namespace systerm
