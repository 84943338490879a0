// SPDX-License-Identifier: Apache-2.0
// Counts times prices, in whole quanta: the parts add up to the whole to the last digit.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "components/cost/fixed_point.h"
#include "components/cost/price_list.h"

namespace systerm {

struct UnitEnergy {
  std::vector<Energy> events;  ///< in the order of UnitPrice::events
  Energy leakage;
  Energy dynamic;
  Energy standing;  ///< leakage and static events

  Energy total() const { return dynamic + standing; }
};

struct EnergyBreakdown {
  std::vector<UnitEnergy> units;  ///< in the order of PriceList::units

  EnergyBreakdown& operator+=(const EnergyBreakdown& other);
  Energy dynamic() const;
  Energy standing() const;
  Energy total() const { return dynamic() + standing(); }
};

/// `counts` are those of all events, unit by unit; `seconds` the time that they took. Throws
/// std::overflow_error where an energy cannot be held exactly.
EnergyBreakdown account_energy(const PriceList& prices, std::span<const std::int64_t> counts,
                               double seconds);

}  // namespace systerm
