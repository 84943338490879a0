// SPDX-License-Identifier: Apache-2.0
#include "components/array/array_cost.h"

#include "components/array/cell.h"

namespace systerm {

UnitCost array_cost(std::string unit, const ArrayConfig& config) {
  const std::int64_t cells = config.rows * config.columns;
  const CellCost cell = make_cell(config.cell)->cost(config);
  UnitCost cost{std::move(unit)};
  for (const CellEvent& event : cell.events) cost.events.push_back(event.cost);
  for (LogicUse use : cell.logic) {
    use.count *= static_cast<double>(cells);
    cost.logic.push_back(use);
  }
  cost.fpga = {{cell.fpga_part, cells}};
  return cost;
}

}  // namespace systerm
