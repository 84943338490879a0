// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/conservation.h"

#include <numeric>

#include <fmt/format.h>

namespace systerm {

namespace {

void check_time(const HardwareUnit& unit, std::vector<std::string>& problems) {
  const TimeAccount* account = unit.time_account();
  if (account == nullptr || account->accounted() == sc_core::sc_time_stamp()) return;
  problems.push_back(fmt::format("{}: busy, stalled and idle time are {}, the run took {}",
                                 unit.name(), account->accounted().to_string(),
                                 sc_core::sc_time_stamp().to_string()));
}

}  // namespace

void check_flows(const std::string& unit, std::span<const Flow> flows,
                 std::vector<std::string>& problems) {
  for (const Flow& flow : flows) {
    if (flow.in == flow.out) continue;
    problems.push_back(fmt::format("{}: {}: {} in, {} out", unit, flow.what, flow.in, flow.out));
  }
}

void check_cycles(const std::string& array, const std::array<std::int64_t, kArrayCauses>& cycles,
                  std::int64_t total, std::vector<std::string>& problems) {
  const std::int64_t accounted = std::accumulate(cycles.begin(), cycles.end(), std::int64_t{0});
  if (accounted == total) return;
  problems.push_back(
      fmt::format("{}: {} busy and stalled cycles, the run took {}", array, accounted, total));
}

std::vector<std::string> check_conservation(std::span<HardwareUnit* const> units) {
  std::vector<std::string> problems;
  for (const HardwareUnit* unit : units) {
    check_flows(unit->name(), unit->flows(), problems);
    check_time(*unit, problems);
  }
  return problems;
}

}  // namespace systerm
