// SPDX-License-Identifier: Apache-2.0
#include "components/dram/dram_cost.h"

namespace systerm {

UnitCost dram_cost(std::string unit) {
  UnitCost cost{std::move(unit)};
  cost.events = {{"bytes_on_bus", {DramUse{DramAction::kBit, 8.0}}}};
  cost.on_chip = false;
  return cost;
}

}  // namespace systerm
