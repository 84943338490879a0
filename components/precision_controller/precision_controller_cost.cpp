// SPDX-License-Identifier: Apache-2.0
#include "components/precision_controller/precision_controller_cost.h"

namespace systerm {
namespace {

constexpr double kRegisterBits = 32;

}  // namespace

UnitCost precision_controller_cost(std::string unit) {
  UnitCost cost{std::move(unit)};
  cost.events = {{"writes", {LogicUse{"register", kRegisterBits}}}};
  cost.logic = {{"register", kRegisterBits, 2.0}};
  return cost;
}

}  // namespace systerm
