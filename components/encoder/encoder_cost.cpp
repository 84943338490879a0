// SPDX-License-Identifier: Apache-2.0
#include "components/encoder/encoder_cost.h"

namespace systerm {
namespace {

constexpr double kDataBits = 8;
constexpr double kExponentBits = 4;
constexpr double kTermBits = kExponentBits + 1;
/// A digit comes from two bits and the state by logic of about a 2-bit adder.
constexpr double kDigitLogicBits = 2;
/// Flip-flops of a serial encoder and of a term comparator (synthesis for an FPGA, ours).
constexpr double kLaneBits = 11;
constexpr double kComparatorBits = 24;

}  // namespace

std::vector<Use> encoding_uses(double digits) {
  return {LogicUse{"int_add", kDigitLogicBits, digits}, LogicUse{"register", kLaneBits, digits}};
}

std::vector<Use> comparing_uses(double digits) {
  return {LogicUse{"compare", kExponentBits, digits}, LogicUse{"register", kTermBits, digits}};
}

UnitCost encoder_cost(std::string unit, const EncoderConfig& config) {
  const double digits = config.cycles_per_value;
  const double lanes = config.lanes;
  UnitCost cost{std::move(unit)};
  cost.events = {{"values_streamed", {LogicUse{"register", kDataBits}}},
                 {"values_encoded", encoding_uses(digits)},
                 {"values_compared", comparing_uses(digits)}};
  cost.logic = {{"int_add", kDigitLogicBits, lanes},
                {"register", kLaneBits + kComparatorBits, lanes},
                {"compare", kExponentBits, lanes}};
  cost.fpga = {{"encoder.lane", config.lanes}, {"encoder.comparator", config.lanes}};
  return cost;
}

}  // namespace systerm
