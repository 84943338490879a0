// SPDX-License-Identifier: Apache-2.0
#include "components/buffer/buffer_cost.h"

namespace systerm {

UnitCost buffer_cost(std::string unit, const BufferConfig& config) {
  const MemoryMacro bank{static_cast<double>(config.bytes) / config.banks,
                         8.0 * config.bank_width_bytes};
  UnitCost cost{std::move(unit)};
  cost.events = {{"words_read", {MemoryUse{MemoryAction::kRead, bank}}},
                 {"words_written", {MemoryUse{MemoryAction::kWrite, bank}}}};
  if (config.memory == "edram") {
    cost.events.push_back(
        {"words_refreshed", {MemoryUse{MemoryAction::kRefresh, bank, bank.width_bits}}});
  }
  cost.memories = {{bank, config.banks}};
  return cost;
}

}  // namespace systerm
