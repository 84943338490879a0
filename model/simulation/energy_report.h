// SPDX-License-Identifier: Apache-2.0
// Energy and area of a run as they stand in result.json, with the origin of every number used.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "components/cost/energy_account.h"
#include "components/cost/fpga_cost.h"
#include "components/cost/price_list.h"
#include "model/design/design.h"
#include "model/simulation/event_counters.h"
#include "model/simulation/measurement.h"

namespace systerm {

class EnergyReport {
 public:
  /// `design` has a technology and outlives the report. With an `external_memory` the DRAM has no
  /// price, which the report says. Throws PriceError.
  EnergyReport(const Design& design, bool external_memory);

  /// Adds the energy of every layer of `json` and of its total, which is their sum, each layer
  /// priced by its own counts and time; and what the design costs. Throws std::logic_error if a
  /// counter has no price or a price no counter.
  void add(std::span<const EventName> counters, std::span<const Measurement> layers,
           const Measurement& total, nlohmann::ordered_json& json);

 private:
  /// Finds the counter of every event that has a price.
  void match(std::span<const EventName> counters);
  /// Of one layer or interval, from its own counts and time.
  EnergyBreakdown account(const Measurement& measurement) const;
  /// Adds the energy keys of `json`, which has those of `measurement`.
  void write(const EnergyBreakdown& energy, const Measurement& measurement,
             nlohmann::ordered_json& json) const;
  /// Adds area, FPGA resources and the technology with its provenance.
  void write_design(nlohmann::ordered_json& json) const;

  const Design& design_;
  std::vector<UnitCost> costs_;
  PriceList prices_;
  bool external_memory_;
  std::vector<std::size_t> counter_of_event_;
};

}  // namespace systerm
