// SPDX-License-Identifier: Apache-2.0
// `compare`: what differs between two results, and whether that is too much.
#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/cli/commands.h"
#include "model/cli/table.h"
#include "model/design/shell_pattern.h"
#include "model/exploration/compare_results.h"
#include "workloads/document/quantity.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

struct CompareArguments {
  std::string a;
  std::string b;
  std::string tolerance = "0%";
  std::string fail_above;
  std::vector<std::string> figures;
  bool json = false;
};

/// "1%", or a share such as 0.01.
double share(const std::string& option, const std::string& text) {
  const bool is_percent = text.ends_with('%');
  const auto number = parse_number(is_percent ? text.substr(0, text.size() - 1) : text);
  if (!number || *number < 0.0) {
    throw std::runtime_error(
        fmt::format("{}: expected a share such as 1% or 0.01; got '{}'", option, text));
  }
  return is_percent ? *number / 100.0 : *number;
}

std::string change_text(double change) {
  return std::isinf(change) ? (change > 0 ? "new" : "-new")
                            : fmt::format("{:+.2f} %", 100 * change);
}

std::string text_of(const Comparison& comparison, const CompareArguments& arguments,
                    double tolerance) {
  std::string text = fmt::format("A {}\nB {}\n", arguments.a, arguments.b);
  if (!comparison.configuration.empty()) {
    Table keys({{"configuration"}, {"A"}, {"B"}});
    for (const KeyDifference& each : comparison.configuration) {
      keys.add_row({each.path, each.a.value_or("-"), each.b.value_or("-")});
    }
    text += "\n" + keys.text();
  }
  Table figures({{"layer"}, {"figure"}, {"A", true}, {"B", true}, {"change", true}});
  std::size_t shown = 0;
  for (const FigureDifference& each : comparison.figures) {
    if (std::fabs(each.change()) <= tolerance) continue;
    figures.add_row({each.layer.empty() ? "(all)" : each.layer, each.figure, format_number(each.a),
                     format_number(each.b), change_text(each.change())});
    ++shown;
  }
  if (shown > 0) text += "\n" + figures.text();
  for (const std::string& name : comparison.only_a) text += fmt::format("only in A: {}\n", name);
  for (const std::string& name : comparison.only_b) text += fmt::format("only in B: {}\n", name);
  return text + fmt::format("\n{} figures differ, {} by more than {:g} %\n",
                            comparison.figures.size(), shown, 100.0 * tolerance);
}

Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json json_of(const Comparison& comparison, double tolerance) {
  const auto text = [](const std::optional<std::string>& value) {
    return value ? Json(*value) : Json();
  };
  Json json = {{"configuration", Json::array()},
               {"figures", Json::array()},
               {"only_a", comparison.only_a},
               {"only_b", comparison.only_b},
               {"largest_change", finite(comparison.largest_change())}};
  for (const KeyDifference& each : comparison.configuration) {
    json["configuration"].push_back(
        {{"path", each.path}, {"a", text(each.a)}, {"b", text(each.b)}});
  }
  for (const FigureDifference& each : comparison.figures) {
    if (std::fabs(each.change()) <= tolerance) continue;
    json["figures"].push_back({{"layer", each.layer},
                               {"figure", each.figure},
                               {"a", each.a},
                               {"b", each.b},
                               {"change", finite(each.change())}});
  }
  return json;
}

void run_compare(const CompareArguments& arguments) {
  const double tolerance = share("--tolerance", arguments.tolerance);
  const auto is_compared = [&](const std::string& name) {
    return arguments.figures.empty() ||
           std::any_of(arguments.figures.begin(), arguments.figures.end(),
                       [&](const std::string& pattern) { return matches_pattern(pattern, name); });
  };
  const Comparison comparison =
      compare(load_compared(arguments.a), load_compared(arguments.b), is_compared);
  fmt::print("{}", arguments.json ? json_of(comparison, tolerance).dump(2) + "\n"
                                  : text_of(comparison, arguments, tolerance));
  if (arguments.fail_above.empty()) return;
  const double allowed = share("--fail-above", arguments.fail_above);
  const double largest = comparison.largest_change();
  if (largest > allowed) {
    throw std::runtime_error(
        std::isinf(largest)
            ? std::string("one result has figures that the other has not, or that were 0")
            : fmt::format("figures differ by up to {:.3g} %, more than the {:g} % allowed",
                          100.0 * largest, 100.0 * allowed));
  }
}

}  // namespace

void add_compare_command(CLI::App& app) {
  auto arguments = std::make_shared<CompareArguments>();
  CLI::App* verb = app.add_subcommand("compare", "What differs between two results");
  verb->add_option("a", arguments->a, "Folder of a run, a result.json, or the file of a point")
      ->required();
  verb->add_option("b", arguments->b, "The other one")->required();
  verb->add_option("--tolerance", arguments->tolerance, "Differences up to this are not shown")
      ->capture_default_str();
  verb->add_option("--fail-above", arguments->fail_above,
                   "Exit with status 1 if a figure differs by more than this, such as 1%");
  verb->add_option("--figure", arguments->figures,
                   "Figures to compare, as a shell pattern; may be repeated; all unless given")
      ->allow_extra_args(false);
  verb->add_flag("--json", arguments->json, "Print JSON");
  verb->footer(
      "Figures are total.cycles and the like, and layers.NAME.cycles for those of a layer.\n"
      "Examples:\n"
      "  systerm compare results/before results/after\n"
      "  systerm compare golden/result.json results/now --figure 'total.*' --fail-above 1%\n"
      "JSON keys: configuration[] {path, a, b}; figures[] {layer, figure, a, b, change}; "
      "only_a[];\n"
      "only_b[]; largest_change. A change is (b - a) / |a|, null where a is 0.");
  verb->callback([arguments] { run_compare(*arguments); });
}

}  // namespace systerm
