// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/energy_report.h"

#include <algorithm>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "model/accelerator/design_cost.h"
#include "model/design/technology_fields.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kDram = "dram";

std::vector<UnitCost> costs_of(const Design& design, bool external_memory) {
  std::vector<UnitCost> costs = design_cost(design);
  if (external_memory) {
    std::erase_if(costs, [](const UnitCost& cost) { return cost.unit == kDram; });
  }
  return costs;
}

Json origin_json(const Origin& origin) {
  const auto confidence =
      std::ranges::find(kConfidenceNames, origin.confidence, &Choice<Confidence>::value);
  return {
      {"includes", origin.includes}, {"source", origin.source}, {"confidence", confidence->name}};
}

Json price_origin_json(const PriceOrigin& price) {
  Json json = {{"key", price.key}, {"quantity", price.quantity}, {"unit", price.unit}};
  if (price.width_bits > 0.0) json["width_bits"] = price.width_bits;
  json["value"] = price.value;
  json["used"] = price.used;
  if (price.node_nm > 0.0) json["node_nm"] = price.node_nm;
  if (price.voltage > 0.0) json["voltage"] = price.voltage;
  json["scaling"] = price.scaling;
  json.update(origin_json(price.origin));
  return json;
}

Json fpga_json(const FpgaTable& table, const std::vector<UnitCost>& costs) {
  const FpgaCost cost = fpga_cost(table, costs);
  Json json = {{"device", table.device}};
  for (const FpgaUnit& unit : cost.units) {
    json["units"][unit.unit] = {{"lut", unit.lut}, {"ff", unit.ff}, {"bram", unit.bram}};
  }
  json["not_included"] = cost.not_included;
  json["provenance"] = Json::array();
  for (const FpgaPart& part : table.parts) {
    Json entry = {{"part", part.name}, {"lut", part.lut}, {"ff", part.ff}};
    entry.update(origin_json(part.origin));
    json["provenance"].push_back(std::move(entry));
  }
  return json;
}

}  // namespace

EnergyReport::EnergyReport(const Design& design, bool external_memory)
    : design_(design),
      costs_(costs_of(design, external_memory)),
      prices_(*design.technology, costs_),
      external_memory_(external_memory) {}

void EnergyReport::match(std::span<const EventName> counters) {
  counter_of_event_.clear();
  std::string unmatched;
  for (const UnitPrice& unit : prices_.units()) {
    for (const EventPrice& event : unit.events) {
      const auto counter = std::ranges::find(counters, EventName{unit.unit, event.event});
      if (counter == counters.end()) unmatched += " " + unit.unit + "." + event.event;
      counter_of_event_.push_back(static_cast<std::size_t>(counter - counters.begin()));
    }
  }
  for (std::size_t i = 0; i < counters.size(); ++i) {
    if (external_memory_ && counters[i].unit == kDram) continue;
    if (std::ranges::find(counter_of_event_, i) == counter_of_event_.end()) {
      unmatched += " " + counters[i].unit + "." + counters[i].event;
    }
  }
  if (!unmatched.empty()) {
    throw std::logic_error("counters and compositions of units differ in" + unmatched);
  }
}

EnergyBreakdown EnergyReport::account(const Measurement& measurement) const {
  std::vector<std::int64_t> counts;
  counts.reserve(counter_of_event_.size());
  for (const std::size_t counter : counter_of_event_) {
    counts.push_back(measurement.events[counter]);
  }
  return account_energy(prices_, counts,
                        static_cast<double>(measurement.cycles) / design_.clock_hz);
}

void EnergyReport::write(const EnergyBreakdown& energy, const Measurement& measurement,
                         Json& json) const {
  Json by_unit;
  Json by_event;
  for (std::size_t i = 0; i < energy.units.size(); ++i) {
    const UnitPrice& price = prices_.units()[i];
    const UnitEnergy& unit = energy.units[i];
    by_unit[price.unit] = unit.total().value();
    Json& events = by_event[price.unit];
    for (std::size_t e = 0; e < unit.events.size(); ++e) {
      events[price.events[e].event] = unit.events[e].value();
    }
    if (price.leakage_mw) events["leakage"] = unit.leakage.value();
  }
  const double total = energy.total().value();
  const auto macs = static_cast<double>(measurement.macs);
  const double seconds = static_cast<double>(measurement.cycles) / design_.clock_hz;
  json["energy_pj"] = std::move(by_unit);
  json["energy_total_pj"] = total;
  json["energy_dynamic_pj"] = energy.dynamic().value();
  json["energy_static_pj"] = energy.standing().value();
  json["energy_events_pj"] = std::move(by_event);
  json["power_w"] = seconds > 0.0 ? Json(total * 1e-12 / seconds) : Json();
  json["pj_per_mac"] = macs > 0.0 ? Json(total / macs) : Json();
  json["tops_per_watt"] = macs > 0.0 && total > 0.0 ? Json(2.0 * macs / total) : Json();
}

void EnergyReport::add(std::span<const EventName> counters, std::span<const Measurement> layers,
                       const Measurement& total, nlohmann::ordered_json& json) {
  match(counters);
  EnergyBreakdown sum;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const EnergyBreakdown layer = account(layers[i]);
    write(layer, layers[i], json["layers"][i]);
    sum += layer;
  }
  write(sum, total, json["total"]);
  write_design(json);
}

void EnergyReport::write_design(Json& json) const {
  const Technology& technology = *design_.technology;
  Area total;
  Json& area = json["area_mm2"] = Json::object();
  for (const UnitPrice& unit : prices_.units()) {
    if (!unit.area) continue;
    area[unit.unit] = unit.area->value();
    total += *unit.area;
  }
  json["area_total_mm2"] = total.value();
  if (technology.fpga) json["fpga"] = fpga_json(*technology.fpga, costs_);

  Json& about = json["technology"];
  about = {{"name", technology.name},
           {"node_nm", technology.node_nm},
           {"voltage", technology.voltage},
           {"temperature_k", technology.temperature_k},
           {"calibrated", !technology.calibration.empty()}};
  about["calibration"] = Json::array();
  for (const CalibrationFactor& factor : technology.calibration) {
    about["calibration"].push_back(
        {{"event", factor.name}, {"factor", factor.factor}, {"anchor", factor.anchor}});
  }
  about["unknown"] = Json::array();
  for (const UnknownCost& unknown : prices_.unknown()) {
    about["unknown"].push_back(
        {{"unit", unknown.unit}, {"quantity", unknown.quantity}, {"reason", unknown.key}});
  }
  if (external_memory_) {
    about["unknown"].push_back(
        {{"unit", kDram}, {"quantity", "energy"}, {"reason", "an external memory counts its own"}});
  }
  about["prices"] = Json::array();
  for (const UnitPrice& unit : prices_.units()) {
    for (const EventPrice& event : unit.events) {
      about["prices"].push_back({{"unit", unit.unit}, {"event", event.event}, {"pj", event.pj}});
      if (event.calibration != 1.0) about["prices"].back()["calibration"] = event.calibration;
    }
  }
  about["provenance"] = Json::array();
  for (const PriceOrigin& price : prices_.origins()) {
    about["provenance"].push_back(price_origin_json(price));
  }
}

}  // namespace systerm
