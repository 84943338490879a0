// SPDX-License-Identifier: Apache-2.0
#include "components/dma/dma_cost.h"

namespace systerm {
namespace {

/// Of address and length.
constexpr double kCounterBits = 32;

}  // namespace

UnitCost dma_cost(std::string unit, const DmaConfig& config) {
  const double burst_bits = 8.0 * static_cast<double>(config.burst_bytes);
  UnitCost cost{std::move(unit)};
  cost.events = {
      {"bytes", {LogicUse{"register", 8.0}}},
      {"bursts",
       {LogicUse{"int_add", kCounterBits, 2.0}, LogicUse{"register", kCounterBits, 2.0}}}};
  cost.logic = {{"int_add", kCounterBits, 2.0},
                {"register", kCounterBits, 2.0},
                {"register", burst_bits, static_cast<double>(config.outstanding)}};
  return cost;
}

}  // namespace systerm
