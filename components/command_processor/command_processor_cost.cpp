// SPDX-License-Identifier: Apache-2.0
#include "components/command_processor/command_processor_cost.h"

namespace systerm {
namespace {

constexpr double kWordBits = 32;
constexpr double kDescriptorWords = 8;

}  // namespace

UnitCost command_processor_cost(std::string unit) {
  UnitCost cost{std::move(unit)};
  cost.events = {{"descriptors_sent", {LogicUse{"register", kWordBits, kDescriptorWords}}}};
  cost.logic = {{"register", kWordBits, 2.0 * kDescriptorWords}, {"int_add", kWordBits}};
  return cost;
}

}  // namespace systerm
