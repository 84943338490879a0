// SPDX-License-Identifier: Apache-2.0
#include "components/weight_loader/weight_loader_cost.h"

namespace systerm {
namespace {

constexpr double kWeightBits = 8;

}  // namespace

UnitCost weight_loader_cost(std::string unit, const ArrayConfig& array) {
  UnitCost cost{std::move(unit)};
  cost.events = {{"bits_shifted", {LogicUse{"register", 1.0}}}};
  cost.logic = {
      {"register", kWeightBits * array.max_group_size, static_cast<double>(array.columns)}};
  return cost;
}

}  // namespace systerm
