// SPDX-License-Identifier: Apache-2.0
#include "components/weight_loader/weight_loader_cost.h"

#include "components/encoder/encoder_cost.h"

namespace systerm {
namespace {

constexpr double kWeightBits = 8;

}  // namespace

UnitCost weight_loader_cost(std::string unit, const WeightLoaderConfig& config,
                            const ArrayConfig& array) {
  UnitCost cost{std::move(unit)};
  const auto digits = static_cast<double>(config.cycles_per_value);
  std::vector<Use> encoding = encoding_uses(digits);
  const std::vector<Use> comparing = comparing_uses(digits);
  encoding.insert(encoding.end(), comparing.begin(), comparing.end());
  cost.events = {{"bits_shifted", {LogicUse{"register", 1.0}}},
                 {"values_encoded", std::move(encoding)}};
  cost.logic = {
      {"register", kWeightBits * array.max_group_size, static_cast<double>(array.columns)}};
  return cost;
}

}  // namespace systerm
