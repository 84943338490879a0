// SPDX-License-Identifier: Apache-2.0
#include "model/report/memory_use.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

/// Shares of the bus cycles without data, the largest first.
std::vector<std::pair<double, std::string>> losses(const Json& dram) {
  double sum = 0.0;
  for (const auto& [use, cycles] : dram.at("bus_cycles").items()) sum += cycles.get<double>();
  std::vector<std::pair<double, std::string>> shares;
  for (const auto& [use, cycles] : dram.at("bus_cycles").items()) {
    if (use != "data" && cycles.get<double>() > 0) {
      shares.emplace_back(cycles.get<double>() / sum, use);
    }
  }
  std::ranges::stable_sort(shares, std::greater<>{}, [](const auto& each) { return each.first; });
  return shares;
}

}  // namespace

std::string memory_use_text(const Json& part) {
  if (!part.contains("dram")) return {};
  const Json& dram = part.at("dram");
  std::string text =
      fmt::format("  DRAM bus: data {:.1f} %", 100.0 * dram.at("peak_share").get<double>());
  for (const auto& [share, use] : losses(dram))
    text += fmt::format(", {} {:.1f} %", use, 100 * share);
  return text + fmt::format("; row hits {:.1f} %, {} row conflicts, {} refreshes\n",
                            100.0 * dram.at("row_hit_rate").get<double>(),
                            dram.at("row_conflicts").get<std::int64_t>(),
                            dram.at("refreshes").get<std::int64_t>());
}

std::string short_memory_use(const Json& part) {
  if (!part.contains("dram")) return "-";
  const Json& dram = part.at("dram");
  std::string text = fmt::format("{:.0f} %", 100.0 * dram.at("peak_share").get<double>());
  const auto shares = losses(dram);
  if (shares.empty()) return text;
  return text + fmt::format(", {} {:.0f} %", shares.front().second, 100.0 * shares.front().first);
}

std::string explained_memory_use() {
  return "Every cycle of a data bus of the DRAM carries data, or is lost to what the next burst "
         "waited for. No request: none was there early enough, so the memory was not what held "
         "the layer up, unless its latency was. Column spacing: bursts to one bank group follow "
         "each other more slowly than the bus could; a mapping that uses bank groups in turn "
         "(bgi) avoids it. Precharge and activate: another row had to be closed, and the next one "
         "opened; fewer rows in turn, or rows in other banks, avoid it. Turnaround: from reads to "
         "writes and back. Refresh: the bank was being refreshed.";
}

}  // namespace systerm
