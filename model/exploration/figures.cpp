// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/figures.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;
using Visit = std::function<void(const std::string&, const Json&)>;

struct Meaning {
  std::string_view key;
  std::string_view unit;
  std::string_view description;
};

/// By the last key of a figure's name.
constexpr std::array<Meaning, 27> kMeanings = {{
    {"cycles", "cycle", "cycles of the accelerator's clock"},
    {"seconds", "s", "time on the accelerator"},
    {"macs", "", "multiply-accumulates of the network"},
    {"term_pairs", "", "term pairs that the operands hold"},
    {"term_pair_bound", "", "term pairs that the beats allot"},
    {"utilisation", "", "share of cell cycles with work"},
    {"busy", "cycle", "cycles in which the first cell works"},
    {"vector_unit_cycles", "cycle", "cycles the lanes of the vector unit worked"},
    {"top1", "", "share of samples classified as labelled"},
    {"accuracy", "", "share of the data's samples classified as labelled"},
    {"quantization_error", "", "squared error of the output / its squares"},
    {"agreement", "", "share of samples classified as by the float network"},
    {"sqnr_db", "dB", "signal to quantization noise of the output"},
    {"kl", "nat", "divergence of the answers from the float network's"},
    {"perplexity", "", "exp of the mean negative log likelihood of the labels"},
    {"speedup", "", "cycles of the baseline / cycles of the run"},
    {"samples", "", "samples run"},
    {"clock_hz", "Hz", "clock of the accelerator"},
    {"energy_total_pj", "pJ", "energy of all units"},
    {"energy_dynamic_pj", "pJ", "energy of events"},
    {"energy_static_pj", "pJ", "energy of leakage and standby"},
    {"power_w", "W", "energy / time on the accelerator"},
    {"pj_per_mac", "pJ", "energy / multiply-accumulates of the network"},
    {"tops_per_watt", "", "2 x multiply-accumulates / energy, 10^12 a second and watt"},
    {"energy_gain", "", "energy of the baseline / energy of the run"},
    {"area_total_mm2", "mm2", "area of all units"},
    {"node_nm", "nm", "process node of the technology"},
}};

/// What the keys above the last one say of all figures below them.
constexpr std::array<Meaning, 6> kSections = {{
    {"coverage", "", "share of the network's {} that is modelled"},
    {"stalls", "cycle", "cycles lost: {}"},
    {"bytes", "B", "bytes {}"},
    {"energy_pj", "pJ", "energy: {}"},
    {"energy_events_pj", "pJ", "energy: {}"},
    {"area_mm2", "mm2", "area: {}"},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kUnitEndings = {{
    {"_pj", "pJ"},
    {"_mm2", "mm2"},
    {"_bytes", "B"},
    {"_cycles", "cycle"},
    {"_seconds", "s"},
    {"_db", "dB"},
}};

/// Figures that have a short name, and where a result has them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kShortNames = {{
    {"evaluation.top1", "accuracy"},
    {"evaluation.quantization_error", "quantization_error"},
}};

std::string_view last_key(std::string_view name) { return name.substr(name.find_last_of('.') + 1); }

const Meaning* meaning_of(std::string_view name) {
  for (const Meaning& each : kMeanings) {
    if (each.key == last_key(name)) return &each;
  }
  return nullptr;
}

/// The section that the name lies in, and where what it names begins.
std::pair<const Meaning*, std::size_t> section_of(std::string_view name) {
  for (const Meaning& each : kSections) {
    const std::string mark = fmt::format("{}.", each.key);
    for (std::size_t at = name.find(mark); at != std::string_view::npos;
         at = name.find(mark, at + 1)) {
      if (at == 0 || name[at - 1] == '.') return {&each, at + mark.size()};
    }
  }
  return {nullptr, 0};
}

}  // namespace

void visit_figures(const Json& node, const std::string& prefix, const Visit& visit) {
  for (const auto& [key, value] : node.items()) {
    const std::string name = prefix.empty() ? key : prefix + "." + key;
    if (value.is_object()) {
      visit_figures(value, name, visit);
    } else if (value.is_number()) {
      visit(name, value);
    }
  }
}

void visit_figures(const Json& document, const Visit& visit_named) {
  const auto visit = [&](const std::string& name, const Json& value) {
    visit_named(short_figure_name(name), value);
  };
  for (const auto& [key, value] : document.items()) {
    if (key == "provenance") continue;
    if (value.is_object()) {
      visit_figures(value, key, visit);
    } else if (value.is_number()) {
      visit(key, value);
    }
  }
}

std::string short_figure_name(const std::string& name) {
  const auto* found = std::find_if(kShortNames.begin(), kShortNames.end(),
                                   [&](const auto& each) { return each.first == name; });
  return found == kShortNames.end() ? name : std::string(found->second);
}

std::string figure_unit(std::string_view name) {
  if (const Meaning* section = section_of(name).first) return std::string(section->unit);
  if (const Meaning* meaning = meaning_of(name)) return std::string(meaning->unit);
  for (const auto& [ending, unit] : kUnitEndings) {
    if (name.ends_with(ending)) return std::string(unit);
  }
  return "";
}

std::string figure_description(std::string_view name) {
  std::string text;
  if (const auto [section, begin] = section_of(name); section != nullptr) {
    std::string what(name.substr(begin));
    for (char& c : what) {
      if (c == '.' || c == '_') c = ' ';
    }
    text = fmt::format(fmt::runtime(section->description), what);
  } else if (const Meaning* meaning = meaning_of(name)) {
    text = meaning->description;
  }
  return name.starts_with("baseline.") && !text.empty() ? text + ", of the baseline" : text;
}

}  // namespace systerm
