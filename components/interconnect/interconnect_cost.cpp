// SPDX-License-Identifier: Apache-2.0
#include "components/interconnect/interconnect_cost.h"

namespace systerm {
namespace {

/// Address, length and command.
constexpr double kRequestBits = 64;
constexpr double kMasterBits = 4;

}  // namespace

UnitCost interconnect_cost(std::string unit, const InterconnectConfig& config) {
  const double data_bits = 8.0 * config.bytes_per_cycle;
  UnitCost cost{std::move(unit)};
  cost.events = {
      {"transactions", {LogicUse{"register", kRequestBits}, LogicUse{"compare", kMasterBits}}},
      {"bytes", {WireUse{8.0}, LogicUse{"register", 8.0, 2.0}}}};
  cost.logic = {{"register", data_bits, 2.0}, {"register", kRequestBits}, {"compare", kMasterBits}};
  return cost;
}

}  // namespace systerm
