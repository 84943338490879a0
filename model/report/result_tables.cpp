// SPDX-License-Identifier: Apache-2.0
#include "model/report/result_tables.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/report/memory_use.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

double number(const Json& json, const char* key) { return json.at(key).get<double>(); }

/// What `busy` and all stalls add up to: over all cores where there are several.
double accounted_cycles(const Json& part) {
  return number(part, part.contains("core_cycles") ? "core_cycles" : "cycles");
}

std::string stalls_text(const Json& part) {
  std::vector<std::pair<double, std::string>> causes;
  causes.emplace_back(number(part, "busy"), "busy");
  for (const auto& [cause, value] : part.at("stalls").items()) {
    if (value.get<double>() > 0) causes.emplace_back(value.get<double>(), cause);
  }
  std::ranges::stable_sort(causes, std::greater<>{}, [](const auto& cause) { return cause.first; });
  std::string text;
  for (const auto& [cycles, cause] : causes) {
    text += fmt::format("{}{} {:.1f} %", text.empty() ? "" : ", ", cause,
                        100.0 * cycles / accounted_cycles(part));
  }
  return text;
}

/// 12345678.9 pJ as "12.3 uJ".
std::string energy_text(double pj) {
  static constexpr std::array<const char*, 5> kUnits = {"pJ", "nJ", "uJ", "mJ", "J"};
  std::size_t unit = 0;
  while (pj >= 1000.0 && unit + 1 < kUnits.size()) {
    pj /= 1000.0;
    ++unit;
  }
  return fmt::format("{:.3g} {}", pj, kUnits[unit]);
}

/// Where the energy went, units by their share.
std::string energy_shares(const Json& total) {
  constexpr double kSmallestShare = 0.5;
  std::vector<std::pair<double, std::string>> units;
  double small = 0.0;
  for (const auto& [unit, energy] : total.at("energy_pj").items()) {
    const double share = 100.0 * energy.get<double>() / number(total, "energy_total_pj");
    if (share < kSmallestShare) {
      small += share;
    } else {
      units.emplace_back(share, unit);
    }
  }
  std::ranges::stable_sort(units, std::greater<>{}, [](const auto& unit) { return unit.first; });
  std::string text;
  for (const auto& [share, unit] : units) text += fmt::format("{} {:.1f} %, ", unit, share);
  return text + fmt::format("others {:.1f} %", small);
}

std::string energy_summary(const Json& part) {
  const Json& total = part.at("total");
  if (!total.contains("energy_pj")) return {};
  const Json& technology = part.at("technology");
  std::string text = fmt::format("  energy: {} ({} dynamic, {} static), {:.3g} W",
                                 energy_text(number(total, "energy_total_pj")),
                                 energy_text(number(total, "energy_dynamic_pj")),
                                 energy_text(number(total, "energy_static_pj")),
                                 total.at("power_w").is_null() ? 0.0 : number(total, "power_w"));
  if (!total.at("pj_per_mac").is_null()) {
    text += fmt::format(", {:.3g} pJ a MAC, {:.3g} TOPS/W", number(total, "pj_per_mac"),
                        number(total, "tops_per_watt"));
  }
  text += fmt::format("; area {:.3g} mm2\n  energy by unit: {}\n", number(part, "area_total_mm2"),
                      energy_shares(total));
  text += fmt::format("  technology: {}, {:g} nm, {:g} V, {:g} K, {}",
                      technology.at("name").get<std::string>(), number(technology, "node_nm"),
                      number(technology, "voltage"), number(technology, "temperature_k"),
                      technology.at("calibrated").get<bool>() ? "calibrated" : "not calibrated");
  const std::size_t unknown = technology.at("unknown").size();
  if (unknown > 0) {
    text += fmt::format(
        "; {} figures of area or leakage are unknown and left out (see `unknown` of "
        "result.json)",
        unknown);
  }
  return text + '\n';
}

std::string summary(const Json& part, const char* title) {
  const Json& total = part.at("total");
  const Json& dram = total.at("bytes").at("dram");
  std::string text = fmt::format(
      "{}: {} cycles, {:.3f} ms, utilisation {:.1f} %, {:.1f} term pairs a MAC allotted, {:.2f} "
      "used, DRAM {:.1f} MB read, {:.1f} MB written\n  cycles: {}\n",
      title, total.at("cycles").get<std::int64_t>(), 1e3 * number(total, "seconds"),
      100.0 * number(total, "utilisation"),
      number(total, "term_pair_bound") / std::max(1.0, number(total, "macs")),
      number(total, "term_pairs") / std::max(1.0, number(total, "macs")),
      number(dram, "read") / 1e6, number(dram, "written") / 1e6, stalls_text(total));
  text += memory_use_text(total);
  text += energy_summary(part);
  if (part.contains("accuracy")) {
    const Json& accuracy = part.at("accuracy");
    text += fmt::format(
        "  accuracy: {:.2f} % ({} of {} samples)\n", 100.0 * number(accuracy, "top1"),
        accuracy.at("correct").get<std::int64_t>(), accuracy.at("samples").get<std::int64_t>());
  }
  if (part.contains("verification")) {
    const Json& verification = part.at("verification");
    text += fmt::format("  verified: {} results against the reference executor, {} differ\n",
                        verification.at("elements").get<std::int64_t>(),
                        verification.at("mismatches").get<std::int64_t>());
    if (verification.contains("first_mismatch")) {
      text += fmt::format("  first: {}\n", verification.at("first_mismatch").get<std::string>());
    }
  }
  return text;
}

/// The whole network, and the layers that the two runs compute differently.
std::string comparison(const Json& document) {
  double cycles = 0.0;
  double baseline_cycles = 0.0;
  double busy = 0.0;
  double baseline_busy = 0.0;
  for (std::size_t i = 0; i < document.at("layers").size(); ++i) {
    const Json& layer = document.at("layers")[i];
    const Json& other = document.at("baseline").at("layers")[i];
    if (layer.at("term_pair_bound") == other.at("term_pair_bound")) continue;
    cycles += number(layer, "cycles");
    baseline_cycles += number(other, "cycles");
    busy += number(layer, "busy");
    baseline_busy += number(other, "busy");
  }
  std::string text =
      fmt::format("speed-up over the baseline: {:.2f}x", number(document, "speedup"));
  if (busy > 0.0) {
    text += fmt::format("; layers of another precision: {:.2f}x, their beats alone {:.2f}x",
                        baseline_cycles / cycles, baseline_busy / busy);
  }
  if (document.contains("energy_gain")) {
    text += fmt::format("; {:.2f}x less energy", number(document, "energy_gain"));
  }
  return text + '\n';
}

/// What the baseline gains from packing alone, from precision alone, and from both.
std::string contributions_text(const Json& document) {
  std::string text = "contributions against the baseline:\n";
  for (const auto& [name, run] : document.at("contributions").items()) {
    text += fmt::format("  {:<10} {:>12} cycles  {:>6.2f}x  {:>9.1f} MB DRAM\n", name,
                        run.at("cycles").get<std::int64_t>(), number(run, "speedup"),
                        number(run, "dram_bytes") / 1e6);
  }
  return text;
}

std::string packing_text(const Json& packing) {
  return fmt::format(
      "packing: {} weights kept, {} pruned by combining, {:.1f} % dense, {} tiles "
      "instead of {}\n",
      packing.at("nonzeros_kept").get<std::int64_t>(),
      packing.at("nonzeros_pruned").get<std::int64_t>(), 100.0 * number(packing, "efficiency"),
      packing.at("tiles").get<std::int64_t>(), packing.at("unpacked_tiles").get<std::int64_t>());
}

}  // namespace

std::string problem_of_result(const Json& document) {
  if (!document.is_object()) return "it is no object";
  for (const char* key : {"experiment", "design", "network", "fidelity", "clock_hz", "samples",
                          "synthetic", "total", "layers"}) {
    if (!document.contains(key)) return fmt::format("'{}' is missing", key);
  }
  if (!document.at("layers").is_array()) return "'layers' is no list";
  const auto problem_of_part = [](const Json& part, const std::string& path) -> std::string {
    if (!part.is_object()) return fmt::format("{} is no object", path);
    for (const char* key : {"cycles", "seconds", "macs", "term_pairs", "term_pair_bound",
                            "utilisation", "busy", "stalls", "bytes"}) {
      if (!part.contains(key)) return fmt::format("{}.{} is missing", path, key);
    }
    return part.at("bytes").contains("dram") ? "" : path + ".bytes.dram is missing";
  };
  std::string problem = problem_of_part(document.at("total"), "total");
  for (std::size_t i = 0; problem.empty() && i < document.at("layers").size(); ++i) {
    const Json& layer = document.at("layers")[i];
    problem = problem_of_part(layer, fmt::format("layers[{}]", i));
    if (problem.empty() && !layer.contains("name")) {
      problem = fmt::format("layers[{}].name is missing", i);
    }
  }
  return problem;
}

std::string main_stall(const Json& part) {
  const double cycles = accounted_cycles(part);
  std::string name = "-";
  double largest = 0.0;
  for (const auto& [cause, value] : part.at("stalls").items()) {
    if (value.get<double>() > largest) {
      largest = value.get<double>();
      name = cause;
    }
  }
  return cycles == 0 ? name : fmt::format("{} {:.0f} %", name, 100.0 * largest / cycles);
}

std::string scales_text(const Json& document) {
  if (!document.contains("scales")) return {};
  const auto part = [&](const char* what) {
    const Json& counts = document.at("scales").at(what);
    const auto model = counts.at("model").get<std::int64_t>();
    return fmt::format("{} of {} {}", model, model + counts.at("calibrated").get<std::int64_t>(),
                       what);
  };
  return fmt::format(
      "Codes, scales and zero points of {} and {} are those of the model, the others are "
      "calibrated. ",
      part("activations"), part("weights"));
}

std::string unmodelled_text(const Json& document) {
  if (!document.contains("unmodelled")) return {};
  const Json& operators = document.at("unmodelled");
  // Older results say which, but not how much they matter.
  const std::string share =
      document.contains("coverage")
          ? fmt::format(", {:.2f} % of the multiply-accumulates",
                        100.0 * (1.0 - document.at("coverage").at("macs").get<double>()))
          : "";
  std::string text =
      fmt::format("{} operators are not modelled{}, and in no figure:", operators.size(), share);
  for (const Json& missing : operators) {
    text += fmt::format(" {} ({})", missing.at("name").get<std::string>(),
                        missing.at("type").get<std::string>());
  }
  return text;
}

std::string origin_text(const Json& document) {
  const Json& synthetic = document.at("synthetic");
  const bool data_fidelity = document.at("fidelity") == "data";
  std::string text;
  if (synthetic.at("weights").get<bool>()) {
    text += "Weights are synthetic (Laplace, largest at 10 to 12 standard deviations). ";
  }
  if (synthetic.at("data").get<bool>()) {
    text += data_fidelity ? "Data are synthetic (rectified Gaussian). "
                          : "No data: term pairs are estimated from stated distributions. ";
  }
  return text;
}

std::string result_table(const Json& document) {
  const bool compared = document.contains("baseline");
  const bool has_banks = document.at("total").contains("dram");
  std::string text = fmt::format(
      "{} on {}, {} fidelity, {} sample{}\n\n", document.at("network").get<std::string>(),
      document.at("design").get<std::string>(), document.at("fidelity").get<std::string>(),
      document.at("samples").get<std::int64_t>(), document.at("samples") == 1 ? "" : "s");
  text += fmt::format("{:<28} {:<15} {:>7} {:>6} {:>5} {:>12} {:>7} {:>6} {:<20}", "layer",
                      "format", "M", "K", "N", "cycles", "pairs", "util.", "largest stall");
  if (has_banks) text += fmt::format(" {:<26}", "DRAM bus: data, lost to");
  if (compared) text += fmt::format(" {:>12} {:>8}", "baseline", "speed-up");
  text += '\n';
  for (std::size_t i = 0; i < document.at("layers").size(); ++i) {
    const Json& layer = document.at("layers")[i];
    const double macs = number(layer, "macs");
    const std::string format = layer.at("format").get<std::string>();
    text +=
        fmt::format("{:<28} {:<15} {:>7} {:>6} {:>5} {:>12} {:>7} {:>6} {:<20}",
                    layer.at("name").get<std::string>(),
                    format.empty() ? layer.at("type").get<std::string>() : format,
                    layer.at("m").get<std::int64_t>(), layer.at("k").get<std::int64_t>(),
                    layer.at("n").get<std::int64_t>(), layer.at("cycles").get<std::int64_t>(),
                    macs > 0 ? fmt::format("{:.2f}", number(layer, "term_pairs") / macs) : "-",
                    macs > 0 ? fmt::format("{:.0f} %", 100.0 * number(layer, "utilisation")) : "-",
                    main_stall(layer));
    if (has_banks) text += fmt::format(" {:<26}", short_memory_use(layer));
    if (compared) {
      const Json& other = document.at("baseline").at("layers")[i];
      text += fmt::format(" {:>12} {:>7.2f}x", other.at("cycles").get<std::int64_t>(),
                          number(other, "cycles") / number(layer, "cycles"));
    }
    text += '\n';
  }
  text += '\n' + summary(document, "total");
  if (compared) {
    text += summary(document.at("baseline"), "baseline");
    text += comparison(document);
  }
  if (document.contains("packing")) text += packing_text(document.at("packing"));
  if (document.contains("contributions")) text += contributions_text(document);
  if (document.contains("unmodelled")) {
    text += unmodelled_text(document) + '\n';
  }
  const std::string origin = origin_text(document) + scales_text(document);
  return text + origin;
}

std::string layers_csv(const Json& document) {
  std::string text =
      "name,type,format,m,k,n,groups,cycles,seconds,macs,term_pairs,term_pair_bound,utilisation,"
      "busy";
  const Json& total = document.at("total");
  for (const auto& [cause, value] : total.at("stalls").items()) text += ",stall_" + cause;
  for (const auto& [memory, value] : total.at("bytes").items()) {
    text += fmt::format(",{0}_bytes_read,{0}_bytes_written", memory);
  }
  const bool has_banks = total.contains("dram");
  if (has_banks) {
    text += ",dram_row_hit_rate,dram_peak_share";
    for (const auto& [use, value] : total.at("dram").at("bus_cycles").items()) {
      text += ",dram_bus_" + use;
    }
  }
  const bool priced = total.contains("energy_pj");
  if (priced) {
    text += ",energy_total_pj,energy_dynamic_pj,energy_static_pj";
    for (const auto& [unit, value] : total.at("energy_pj").items()) {
      text += fmt::format(",{}_energy_pj", unit);
    }
  }
  text += '\n';
  for (const Json& layer : document.at("layers")) {
    text += fmt::format("{},{},{}", layer.at("name").get<std::string>(),
                        layer.at("type").get<std::string>(), layer.at("format").get<std::string>());
    for (const char* key : {"m", "k", "n", "groups", "cycles", "seconds", "macs", "term_pairs",
                            "term_pair_bound", "utilisation", "busy"}) {
      text += ',' + layer.at(key).dump();
    }
    for (const auto& [cause, value] : layer.at("stalls").items()) text += ',' + value.dump();
    for (const auto& [memory, value] : layer.at("bytes").items()) {
      text += ',' + value.at("read").dump() + ',' + value.at("written").dump();
    }
    if (has_banks) {
      const Json& dram = layer.at("dram");
      text += ',' + dram.at("row_hit_rate").dump() + ',' + dram.at("peak_share").dump();
      for (const auto& [use, value] : dram.at("bus_cycles").items()) text += ',' + value.dump();
    }
    if (priced) {
      for (const char* key : {"energy_total_pj", "energy_dynamic_pj", "energy_static_pj"}) {
        text += ',' + layer.at(key).dump();
      }
      for (const auto& [unit, value] : layer.at("energy_pj").items()) text += ',' + value.dump();
    }
    text += '\n';
  }
  return text;
}

}  // namespace systerm
