// SPDX-License-Identifier: Apache-2.0
#include "components/cost/energy_account.h"

#include <stdexcept>

namespace systerm {

EnergyBreakdown& EnergyBreakdown::operator+=(const EnergyBreakdown& other) {
  if (units.empty()) return *this = other;
  for (std::size_t i = 0; i < units.size(); ++i) {
    for (std::size_t e = 0; e < units[i].events.size(); ++e) {
      units[i].events[e] += other.units[i].events[e];
    }
    units[i].leakage += other.units[i].leakage;
    units[i].dynamic += other.units[i].dynamic;
    units[i].standing += other.units[i].standing;
  }
  return *this;
}

Energy EnergyBreakdown::dynamic() const {
  Energy sum;
  for (const UnitEnergy& unit : units) sum += unit.dynamic;
  return sum;
}

Energy EnergyBreakdown::standing() const {
  Energy sum;
  for (const UnitEnergy& unit : units) sum += unit.standing;
  return sum;
}

EnergyBreakdown account_energy(const PriceList& prices, std::span<const std::int64_t> counts,
                               double seconds) {
  if (counts.size() != prices.events()) {
    throw std::invalid_argument("one count for each event of the price list is needed");
  }
  constexpr double kNanosecondsPerSecond = 1e9;
  EnergyBreakdown breakdown;
  std::size_t next = 0;
  for (const UnitPrice& price : prices.units()) {
    UnitEnergy& unit = breakdown.units.emplace_back();
    for (const EventPrice& event : price.events) {
      const Energy energy = Energy::rounded(static_cast<double>(counts[next++]) * event.pj);
      unit.events.push_back(energy);
      (event.is_static ? unit.standing : unit.dynamic) += energy;
    }
    // mW times ns are pJ.
    unit.leakage =
        Energy::rounded(price.leakage_mw.value_or(0.0) * seconds * kNanosecondsPerSecond);
    unit.standing += unit.leakage;
  }
  return breakdown;
}

}  // namespace systerm
