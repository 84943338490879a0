// SPDX-License-Identifier: Apache-2.0
#include "components/accumulators/accumulators_cost.h"

namespace systerm {
namespace {

constexpr double kSumBits = 32;

}  // namespace

UnitCost accumulators_cost(std::string unit, const AccumulatorsConfig& config,
                           const ArrayConfig& array) {
  const auto columns = static_cast<double>(array.columns);
  const MemoryMacro column{static_cast<double>(config.bytes) / columns, kSumBits};
  UnitCost cost{std::move(unit)};
  cost.events = {{"additions",
                  {MemoryUse{MemoryAction::kRead, column}, LogicUse{"int_add", kSumBits},
                   MemoryUse{MemoryAction::kWrite, column}}},
                 {"sums_delivered", {MemoryUse{MemoryAction::kRead, column}}}};
  cost.logic = {{"int_add", kSumBits, columns}, {"register", kSumBits, columns}};
  cost.memories = {{column, array.columns}};
  return cost;
}

}  // namespace systerm
