// SPDX-License-Identifier: Apache-2.0
#include "components/vector_unit/vector_unit_cost.h"

namespace systerm {
namespace {

constexpr double kWordBits = 32;

}  // namespace

UnitCost vector_unit_cost(std::string unit, const VectorUnitConfig& config) {
  const double lanes = config.lanes;
  UnitCost cost{std::move(unit)};
  cost.events = {
      {"words", {LogicUse{"register", kWordBits, 2.0}}},
      {"additions", {LogicUse{"int_add", kWordBits}}},
      {"multiplications", {LogicUse{"int_multiply", kWordBits}}},
      {"comparisons", {LogicUse{"compare", kWordBits}}},
      {"functions", {LogicUse{"int_multiply", kWordBits}, LogicUse{"int_add", kWordBits}}}};
  // A lane that takes a cycle for each bit of a word needs an adder for its multiplications.
  cost.logic = {{"int_add", kWordBits, lanes},
                {"compare", kWordBits, lanes},
                {"register", kWordBits, 2.0 * lanes}};
  if (config.cycles_per_word < kWordBits) cost.logic.push_back({"int_multiply", kWordBits, lanes});
  cost.fpga = {{"vector_unit.lane", config.lanes}};
  return cost;
}

}  // namespace systerm
