// SPDX-License-Identifier: Apache-2.0
#include "components/cost/fpga_cost.h"

#include <algorithm>
#include <cmath>

namespace systerm {
namespace {

std::int64_t block_rams(const FpgaTable& table, const MemoryMacro& macro) {
  const auto at_least = [](double demand, std::int64_t one) {
    return static_cast<std::int64_t>(std::ceil(demand / static_cast<double>(one)));
  };
  return std::max(at_least(8.0 * macro.capacity_bytes, table.bram_bits),
                  at_least(macro.width_bits, table.bram_width));
}

}  // namespace

FpgaCost fpga_cost(const FpgaTable& table, const std::vector<UnitCost>& units) {
  FpgaCost cost;
  for (const UnitCost& unit : units) {
    if (!unit.on_chip) continue;
    FpgaUnit resources{unit.unit};
    const bool complete = !unit.fpga.empty() || (unit.logic.empty() && !unit.memories.empty());
    for (const FpgaUse& use : unit.fpga) {
      const auto part = std::ranges::find(table.parts, use.part, &FpgaPart::name);
      if (part == table.parts.end()) {
        cost.not_included.push_back(unit.unit + ": " + use.part);
        continue;
      }
      resources.lut += part->lut * use.count;
      resources.ff += part->ff * use.count;
    }
    for (const MemoryPart& part : unit.memories) {
      resources.bram += part.count * block_rams(table, part.macro);
    }
    if (!complete) cost.not_included.push_back(unit.unit + ": its logic");
    if (resources.lut + resources.ff + resources.bram > 0) cost.units.push_back(resources);
  }
  return cost;
}

}  // namespace systerm
