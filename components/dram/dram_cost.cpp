// SPDX-License-Identifier: Apache-2.0
#include "components/dram/dram_cost.h"

#include "components/dram/dram_standard.h"

namespace systerm {
namespace {

UnitCost simple_cost(std::string unit) {
  UnitCost cost{std::move(unit)};
  cost.events = {{"bytes_on_bus", {DramUse{DramAction::kBit, 8.0}}}};
  cost.on_chip = false;
  return cost;
}

}  // namespace

UnitCost dram_cost(std::string unit, const DramConfig& config) {
  switch (config.model) {
    case DramModel::kSimple:
      return simple_cost(std::move(unit));
    case DramModel::kBanks:
      return bank_dram_cost(std::move(unit), config.standard->name,
                            static_cast<double>(config.standard->clock_period_fs) * 1e-6);
  }
  return {};
}

UnitCost bank_dram_cost(std::string unit, const std::string& standard, double clock_period_ns) {
  const auto command = [&](DramAction action) {
    return std::vector<Use>{DramUse{action, 1.0, standard}};
  };
  const auto standby = [&](DramAction action) {
    return std::vector<Use>{DramUse{action, clock_period_ns, standard}};
  };
  UnitCost cost{std::move(unit)};
  cost.events = {{"activates", command(DramAction::kActivatePrecharge)},
                 {"read_bursts", command(DramAction::kRead)},
                 {"write_bursts", command(DramAction::kWrite)},
                 {"refreshes", command(DramAction::kRefresh)},
                 {"active_standby_cycles", standby(DramAction::kActiveStandby), true},
                 {"precharge_standby_cycles", standby(DramAction::kPrechargedStandby), true}};
  cost.on_chip = false;
  return cost;
}

}  // namespace systerm
