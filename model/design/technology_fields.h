// SPDX-License-Identifier: Apache-2.0
// The keys of a technology in YAML, with their ranges. `Form` is Mapping to read them and
// MappingWriter to write them.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <type_traits>

#include "components/cost/technology.h"
#include "workloads/document/mapping.h"

namespace systerm {

inline constexpr std::array<Choice<Confidence>, 5> kConfidenceNames = {
    {{"measured", Confidence::kMeasured},
     {"published", Confidence::kPublished},
     {"second_hand", Confidence::kSecondHand},
     {"derived", Confidence::kDerived},
     {"assumption", Confidence::kAssumption}}};
inline constexpr std::array<Choice<Scaling>, 2> kScalingNames = {
    {{"logic", Scaling::kLogic}, {"none", Scaling::kNone}}};

inline constexpr NumberRange kNodeRange = {.minimum = 1.0, .maximum = 1000.0};
inline constexpr NumberRange kVoltageRange = {.minimum = 0.1, .maximum = 5.0};
inline constexpr NumberRange kTemperatureRange = {.minimum = 200.0, .maximum = 500.0};
inline constexpr NumberRange kEnergyRange = {.minimum = 1e-9, .maximum = 1e9};
inline constexpr NumberRange kPowerRange = {.minimum = 0.0, .maximum = 1e6};
inline constexpr NumberRange kAreaRange = {.minimum = 1e-6, .maximum = 1e10};
inline constexpr NumberRange kCurrentRange = {.minimum = 0.0, .maximum = 1e5};

template <typename Form, typename Config>
void origin_fields(Form& form, Config& origin) {
  form.text("includes", origin.includes, Presence::kRequired);
  form.text("source", origin.source, Presence::kRequired);
  form.choice("confidence", origin.confidence, kConfidenceNames, Presence::kRequired);
}

template <typename Form, typename Config>
void process_fields(Form& form, Config& entry) {
  form.quantity("node", entry.node_nm, Unit::kNode, kNodeRange, Presence::kRequired);
  form.quantity("voltage", entry.voltage, Unit::kVoltage, kVoltageRange, Presence::kRequired);
}

template <typename Form, typename Config>
void operation_fields(Form& form, Config& entry) {
  form.text("family", entry.family, Presence::kRequired);
  process_fields(form, entry);
  form.choice("scaling", entry.scaling, kScalingNames);
  form.number("width_exponent", entry.width_exponent, {.minimum = 0.0, .maximum = 3.0},
              Presence::kRequired);
  origin_fields(form, entry.origin);
  form.sequence("points", entry.points, [](auto& below, auto& point) {
    below.number("width", point.width_bits, {.minimum = 1.0, .maximum = 65536.0},
                 Presence::kRequired);
    below.quantity("energy", point.energy_pj, Unit::kEnergy, kEnergyRange, Presence::kRequired);
    below.optional_quantity("area", point.area_um2, Unit::kArea, kAreaRange);
  });
  const bool has_area = std::ranges::any_of(
      entry.points, [](const OperationPoint& point) { return point.area_um2.has_value(); });
  if (form.applies("area_origin", has_area, "there is no area that it could be the origin of")) {
    form.section("area_origin", [&](auto& below) { origin_fields(below, entry.area_origin); });
  }
}

template <typename Form, typename Config>
void event_fields(Form& form, Config& entry) {
  form.quantity("energy", entry.energy_pj, Unit::kEnergy, kEnergyRange, Presence::kRequired);
  process_fields(form, entry);
  origin_fields(form, entry.origin);
}

template <typename Form, typename Config>
void memory_bit_fields(Form& form, Config& bit) {
  form.quantity("read", bit.read_pj, Unit::kEnergy, kEnergyRange, Presence::kRequired);
  form.quantity("write", bit.write_pj, Unit::kEnergy, kEnergyRange, Presence::kRequired);
  form.optional_quantity("refresh", bit.refresh_pj, Unit::kEnergy, kEnergyRange);
  form.optional_quantity("leakage", bit.leakage_mw, Unit::kPower, kPowerRange);
  form.optional_quantity("area", bit.area_um2, Unit::kArea, kAreaRange);
}

template <typename Form, typename Config>
void memory_point_fields(Form& form, Config& point) {
  form.quantity("capacity", point.capacity_bytes, Unit::kBytes, {.minimum = 1.0, .maximum = 1e12},
                Presence::kRequired);
  form.number("width", point.width_bits, {.minimum = 1.0, .maximum = 65536.0}, Presence::kRequired);
  form.quantity("read", point.read_pj, Unit::kEnergy, kEnergyRange, Presence::kRequired);
  form.optional_quantity("write", point.write_pj, Unit::kEnergy, kEnergyRange);
  form.optional_quantity("leakage", point.leakage_mw, Unit::kPower, kPowerRange);
  form.optional_quantity("area", point.area_um2, Unit::kArea, kAreaRange);
}

template <typename Form, typename Config>
void memory_fields(Form& form, Config& memory) {
  form.text("cacti", memory.cell);
  const std::string reason = "the built-in CACTI table has its own; remove it, or remove cacti";
  const bool own = memory.cell.empty();
  if (form.applies("node", own, reason)) {
    form.quantity("node", memory.node_nm, Unit::kNode, kNodeRange, Presence::kRequired);
  }
  if (form.applies("voltage", own, reason)) {
    form.quantity("voltage", memory.voltage, Unit::kVoltage, kVoltageRange, Presence::kRequired);
  }
  if (form.applies("temperature", own, reason)) {
    form.quantity("temperature", memory.temperature_k, Unit::kTemperature, kTemperatureRange);
  }
  if (form.applies("points", own, reason)) {
    form.sequence("points", memory.points,
                  [](auto& below, auto& point) { memory_point_fields(below, point); });
  }
  if (form.applies("bit", own, reason)) {
    form.optional_section("bit", memory.bit,
                          [](auto& below, auto& bit) { memory_bit_fields(below, bit); });
  }
  origin_fields(form, memory.origin);
}

template <typename Form, typename Config>
void dram_currents_fields(Form& form, Config& currents) {
  const IntegerRange cycles{.minimum = 1, .maximum = 100000};
  form.integer("devices", currents.devices, {.minimum = 1, .maximum = 64}, Presence::kRequired);
  form.quantity("clock_period", currents.clock_ps, Unit::kPeriod, {.minimum = 1.0, .maximum = 1e5},
                Presence::kRequired);
  form.integer("rc", currents.rc_cycles, cycles, Presence::kRequired);
  form.integer("ras", currents.ras_cycles, cycles, Presence::kRequired);
  form.integer("rp", currents.rp_cycles, cycles, Presence::kRequired);
  form.integer("rfc", currents.rfc_cycles, cycles, Presence::kRequired);
  form.integer("burst_cycles", currents.burst_cycles, cycles, Presence::kRequired);
  form.sequence("supplies", currents.rails, [](auto& below, auto& rail) {
    below.quantity("voltage", rail.voltage, Unit::kVoltage, kVoltageRange, Presence::kRequired);
    const auto current = [&](const char* key, auto& value) {
      below.quantity(key, value, Unit::kCurrent, kCurrentRange, Presence::kRequired);
    };
    current("idd0", rail.idd0);
    current("idd2n", rail.idd2n);
    current("idd3n", rail.idd3n);
    current("idd4r", rail.idd4r);
    current("idd4w", rail.idd4w);
    current("idd5", rail.idd5);
  });
}

template <typename Form, typename Config>
void dram_commands_fields(Form& form, Config& commands) {
  const auto energy = [&](const char* key, auto& value) {
    form.quantity(key, value, Unit::kEnergy, kEnergyRange, Presence::kRequired);
  };
  energy("activate_precharge", commands.activate_precharge_pj);
  energy("read", commands.read_pj);
  energy("write", commands.write_pj);
  energy("refresh", commands.refresh_pj);
  form.quantity("active_standby", commands.active_standby_mw, Unit::kPower, kPowerRange,
                Presence::kRequired);
  form.quantity("precharged_standby", commands.precharged_standby_mw, Unit::kPower, kPowerRange,
                Presence::kRequired);
}

template <typename Form, typename Config>
void dram_price_fields(Form& form, Config& dram) {
  form.optional_quantity("bit_energy", dram.bit_pj, Unit::kEnergy, kEnergyRange);
  form.optional_section("currents", dram.currents,
                        [](auto& below, auto& currents) { dram_currents_fields(below, currents); });
  form.optional_section("commands", dram.commands,
                        [](auto& below, auto& commands) { dram_commands_fields(below, commands); });
  origin_fields(form, dram.origin);
}

template <typename Form, typename Config>
void leakage_fields(Form& form, Config& rule) {
  form.quantity("power_per_mm2", rule.power_per_mm2_mw, Unit::kPower, kPowerRange,
                Presence::kRequired);
  form.quantity("temperature", rule.temperature_k, Unit::kTemperature, kTemperatureRange,
                Presence::kRequired);
  form.quantity("doubling", rule.doubling_k, Unit::kTemperature, {.minimum = 1.0, .maximum = 200.0},
                Presence::kRequired);
  origin_fields(form, rule.origin);
}

template <typename Form, typename Config>
void fpga_fields(Form& form, Config& table) {
  form.text("device", table.device, Presence::kRequired);
  form.integer("bram_bits", table.bram_bits, {.minimum = 1, .maximum = 1 << 30},
               Presence::kRequired);
  form.integer("bram_width", table.bram_width, {.minimum = 1, .maximum = 65536},
               Presence::kRequired);
  origin_fields(form, table.origin);
  form.entries("parts", table.parts, [](auto& below, auto& part) {
    const IntegerRange resources{.minimum = 0, .maximum = 1 << 30};
    below.integer("lut", part.lut, resources, Presence::kRequired);
    below.integer("ff", part.ff, resources, Presence::kRequired);
    origin_fields(below, part.origin);
  });
}

template <typename Form, typename Config>
void technology_fields(Form& form, Config& technology) {
  form.text("name", technology.name);
  form.text("description", technology.description);
  form.quantity("node", technology.node_nm, Unit::kNode, kNodeRange, Presence::kRequired);
  form.quantity("voltage", technology.voltage, Unit::kVoltage, kVoltageRange, Presence::kRequired);
  form.quantity("temperature", technology.temperature_k, Unit::kTemperature, kTemperatureRange);
  form.quantity("bus_length", technology.bus_length_mm, Unit::kLength,
                {.minimum = 1e-3, .maximum = 1e3});
  form.text("memory", technology.memory);
  form.entries("memory_of", technology.memory_of, [](auto& below, auto& choice) {
    below.text("memory", choice.memory, Presence::kRequired);
  });
  form.text("dram", technology.dram);
  form.entries("operations", technology.operations,
               [](auto& below, auto& entry) { operation_fields(below, entry); });
  form.entries("events", technology.events,
               [](auto& below, auto& entry) { event_fields(below, entry); });
  form.entries("memories", technology.memories,
               [](auto& below, auto& memory) { memory_fields(below, memory); });
  form.entries("drams", technology.drams,
               [](auto& below, auto& dram) { dram_price_fields(below, dram); });
  form.optional_section("leakage", technology.leakage,
                        [](auto& below, auto& rule) { leakage_fields(below, rule); });
  form.optional_section("fpga", technology.fpga,
                        [](auto& below, auto& table) { fpga_fields(below, table); });
  form.entries("calibration", technology.calibration, [](auto& below, auto& factor) {
    below.number("factor", factor.factor, {.minimum = 1e-6, .maximum = 1e6}, Presence::kRequired);
    below.text("anchor", factor.anchor, Presence::kRequired);
  });
}

}  // namespace systerm
