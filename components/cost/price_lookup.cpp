// SPDX-License-Identifier: Apache-2.0
#include "components/cost/price_lookup.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "components/cost/dram_commands.h"
#include "components/cost/scaling.h"

namespace systerm {
namespace {

struct WidthValue {
  double written = 0.0;  ///< of the point that it comes from
  double value = 0.0;
  std::string scaling;
};

/// The figure of an operation at `width`: that of a point, or by power laws between and beyond.
template <typename Of>
std::optional<WidthValue> at_width(const OperationEntry& entry, double width, Of of) {
  std::vector<std::pair<double, double>> points;
  for (const OperationPoint& point : entry.points) {
    const std::optional<double> value = of(point);
    if (value) points.emplace_back(point.width_bits, *value);
  }
  if (points.empty()) return std::nullopt;
  std::size_t above = 0;
  while (above + 1 < points.size() && points[above].first < width) ++above;
  const auto& [x, y] = points[above];
  if (x == width) return WidthValue{y, y, ""};
  if (above == 0 || x < width) {
    return WidthValue{
        y, y * std::pow(width / x, entry.width_exponent),
        fmt::format("width {:g} to {:g} with exponent {:g}", x, width, entry.width_exponent)};
  }
  const auto& [x0, y0] = points[above - 1];
  const double exponent = std::log(y / y0) / std::log(x / x0);
  return WidthValue{y0, y0 * std::pow(width / x0, exponent),
                    fmt::format("width {:g} between {:g} and {:g}", width, x0, x)};
}

void append(std::string& text, const std::string& more) {
  if (!text.empty() && !more.empty()) text += "; ";
  text += more;
}

std::string process_text(const Process& from, const Process& to, double factor) {
  if (from == to) return {};
  return fmt::format("{:g} nm {:g} V to {:g} nm {:g} V: x {:.4g} (Stillmaker, Baas 2017)",
                     from.node_nm, from.voltage, to.node_nm, to.voltage, factor);
}

constexpr std::array<const char*, kDramActions> kDramActionNames = {
    "transferred bit", "activate and precharge", "read burst",        "write burst",
    "refresh",         "active standby",         "precharged standby"};

}  // namespace

const OperationEntry* PriceLookup::operation(const std::string& name) const {
  const auto found = std::ranges::find(technology_.operations, name, &OperationEntry::name);
  return found == technology_.operations.end() ? nullptr : &*found;
}

void PriceLookup::note(PriceOrigin origin) {
  const bool known = std::ranges::any_of(origins_, [&](const PriceOrigin& each) {
    return each.key == origin.key && each.quantity == origin.quantity &&
           each.width_bits == origin.width_bits && each.value == origin.value &&
           each.used == origin.used;
  });
  if (!known) origins_.push_back(std::move(origin));
}

PriceLookup::Found PriceLookup::energy(const std::string&, const LogicUse& use) {
  const OperationEntry* entry = operation(use.operation);
  if (entry == nullptr) return {std::nullopt, "add operations." + use.operation};
  const auto found = at_width(*entry, use.width_bits, [](const OperationPoint& point) {
    return std::optional(point.energy_pj);
  });
  const Process from{entry->node_nm, entry->voltage};
  const Process to{technology_.node_nm, technology_.voltage};
  const bool scales = entry->scaling == Scaling::kLogic;
  const double factor = scales ? energy_factor(from, to) : 1.0;
  std::string scaling = found->scaling;
  append(scaling, scales ? process_text(from, to, factor)
                  : from == to
                      ? ""
                      : fmt::format("not scaled to {:g} nm {:g} V", to.node_nm, to.voltage));
  note({"operations." + use.operation, "energy", "pJ", use.width_bits, found->written,
        found->value * factor, entry->node_nm, entry->voltage, scaling, entry->origin});
  return {found->value * factor * use.count, ""};
}

PriceLookup::Found PriceLookup::energy(const std::string& unit, const WireUse& use) {
  return energy(unit, LogicUse{"wire", use.bits, technology_.bus_length_mm});
}

double PriceLookup::event(const EventEntry& entry) {
  const Process from{entry.node_nm, entry.voltage};
  const Process to{technology_.node_nm, technology_.voltage};
  const double factor = energy_factor(from, to);
  note({"events." + entry.name, "energy", "pJ", 0.0, entry.energy_pj, entry.energy_pj * factor,
        entry.node_nm, entry.voltage, process_text(from, to, factor), entry.origin});
  return entry.energy_pj * factor;
}

PriceLookup::Found PriceLookup::area(const LogicUse& use) {
  const OperationEntry* entry = operation(use.operation);
  if (entry == nullptr) return {std::nullopt, "add operations." + use.operation};
  const auto found =
      at_width(*entry, use.width_bits, [](const OperationPoint& point) { return point.area_um2; });
  if (!found) {
    return {std::nullopt, fmt::format("add areas to operations.{}", use.operation)};
  }
  const double factor =
      entry->scaling == Scaling::kLogic ? area_factor(entry->node_nm, technology_.node_nm) : 1.0;
  std::string scaling = found->scaling;
  if (factor != 1.0) {
    append(scaling, fmt::format("{:g} nm to {:g} nm: x {:.4g} (Stillmaker, Baas 2017)",
                                entry->node_nm, technology_.node_nm, factor));
  }
  note({"operations." + use.operation, "area", "um2", use.width_bits, found->written,
        found->value * factor, entry->node_nm, entry->voltage, scaling, entry->area_origin});
  return {found->value * factor * use.count, ""};
}

PriceLookup::MemoryFound PriceLookup::memory(const std::string& unit, const MemoryMacro& macro) {
  // Units of several cores differ in what comes before the name: core0_, core1_ ...
  const auto choice = std::ranges::find_if(technology_.memory_of, [&](const MemoryChoice& each) {
    return unit == each.name || (unit.starts_with("core") && unit.ends_with("_" + each.name));
  });
  const std::string& name =
      choice == technology_.memory_of.end() ? technology_.memory : choice->memory;
  const auto entry = std::ranges::find(technology_.memories, name, &MemoryEntry::name);
  if (entry == technology_.memories.end()) {
    return {nullptr, nullptr,
            name.empty() ? "add memory, the name of an entry of memories" : "add memories." + name};
  }
  const auto key = std::pair(name, std::pair(macro.capacity_bytes, macro.width_bits));
  auto figures = figures_.find(key);
  if (figures == figures_.end()) {
    try {
      figures = figures_.emplace(key, memory_figures(*entry, macro, technology_.node_nm)).first;
    } catch (const std::invalid_argument& error) {
      return {nullptr, nullptr, fmt::format("memories.{}: {}", name, error.what())};
    }
  }
  return {&*entry, &figures->second, ""};
}

PriceLookup::Found PriceLookup::energy(const std::string& unit, const MemoryUse& use) {
  const MemoryFound found = memory(unit, use.macro);
  if (found.entry == nullptr) return {std::nullopt, found.problem};
  const MemoryFigures& figures = *found.figures;
  std::optional<double> value;
  const char* quantity = "";
  switch (use.action) {
    case MemoryAction::kRead:
      value = figures.read_pj;
      quantity = "read";
      break;
    case MemoryAction::kWrite:
      value = figures.write_pj;
      quantity = "write";
      break;
    case MemoryAction::kRefresh:
      value = figures.refresh_pj;
      quantity = "refresh of a bit";
      break;
  }
  if (!value) {
    std::string problem =
        fmt::format("add the energy of a {} to memories.{}", quantity, found.entry->name);
    if (use.action == MemoryAction::kRefresh) {
      problem += fmt::format(", or choose an eDRAM by memory_of: {{{}: {{memory: ...}}}}", unit);
    }
    return {std::nullopt, problem};
  }
  note({"memories." + found.entry->name, quantity, "pJ", use.macro.width_bits, *value, *value,
        found.entry->node_nm > 0.0 ? found.entry->node_nm : technology_.node_nm,
        found.entry->voltage,
        fmt::format("macro of {:g} bytes: {}", use.macro.capacity_bytes, figures.derivation),
        found.entry->origin});
  return {*value * use.count, ""};
}

PriceLookup::Found PriceLookup::memory_area(const std::string& unit, const MemoryMacro& macro) {
  const MemoryFound found = memory(unit, macro);
  if (found.entry == nullptr) return {std::nullopt, found.problem};
  if (!found.figures->area_um2) return {std::nullopt, "add areas to memories." + found.entry->name};
  const double value = *found.figures->area_um2;
  note({"memories." + found.entry->name, "area", "um2", macro.width_bits, value, value,
        found.entry->node_nm > 0.0 ? found.entry->node_nm : technology_.node_nm,
        found.entry->voltage,
        fmt::format("macro of {:g} bytes: {}", macro.capacity_bytes, found.figures->derivation),
        found.entry->origin});
  return {value, ""};
}

double PriceLookup::leakage_growth(double temperature_k) const {
  return std::exp2((technology_.temperature_k - temperature_k) / technology_.leakage->doubling_k);
}

PriceLookup::Found PriceLookup::memory_leakage(const std::string& unit, const MemoryMacro& macro) {
  const MemoryFound found = memory(unit, macro);
  if (found.entry == nullptr) return {std::nullopt, found.problem};
  if (!found.figures->leakage_mw) {
    return {std::nullopt, "add leakages to memories." + found.entry->name};
  }
  if (!technology_.leakage) return {std::nullopt, "add leakage"};
  const double value = *found.figures->leakage_mw;
  const double growth = leakage_growth(found.figures->temperature_k);
  std::string scaling =
      fmt::format("macro of {:g} bytes: {}", macro.capacity_bytes, found.figures->derivation);
  if (growth != 1.0) {
    append(scaling, fmt::format("{:g} K to {:g} K: x {:.4g}, doubling every {:g} K",
                                found.figures->temperature_k, technology_.temperature_k, growth,
                                technology_.leakage->doubling_k));
  }
  note({"memories." + found.entry->name, "leakage", "mW", macro.width_bits, value, value * growth,
        found.entry->node_nm > 0.0 ? found.entry->node_nm : technology_.node_nm,
        found.entry->voltage, scaling, found.entry->origin});
  return {value * growth, ""};
}

PriceLookup::Found PriceLookup::logic_leakage_per_mm2() {
  if (!technology_.leakage) return {std::nullopt, "add leakage"};
  const LeakageRule& rule = *technology_.leakage;
  const double growth = leakage_growth(rule.temperature_k);
  std::string scaling;
  if (growth != 1.0) {
    scaling = fmt::format("{:g} K to {:g} K: x {:.4g}, doubling every {:g} K", rule.temperature_k,
                          technology_.temperature_k, growth, rule.doubling_k);
  }
  note({"leakage", "leakage of a mm2 of logic", "mW", 0.0, rule.power_per_mm2_mw,
        rule.power_per_mm2_mw * growth, 0.0, 0.0, scaling, rule.origin});
  return {rule.power_per_mm2_mw * growth, ""};
}

PriceLookup::Found PriceLookup::energy(const std::string&, const DramUse& use) {
  const std::string& name = use.action == DramAction::kBit ? technology_.dram : use.standard;
  const auto entry = std::ranges::find(technology_.drams, name, &DramEntry::name);
  if (entry == technology_.drams.end()) {
    return {std::nullopt,
            name.empty() ? "add dram, the name of an entry of drams" : "add drams." + name};
  }
  return dram_energy(*entry, use);
}

PriceLookup::Found PriceLookup::dram_energy(const DramEntry& entry, const DramUse& use) {
  const char* quantity = kDramActionNames[static_cast<std::size_t>(use.action)];
  if (use.action == DramAction::kBit) {
    if (!entry.bit_pj) {
      return {std::nullopt,
              fmt::format("only bytes are counted; add bit_energy to drams.{}", entry.name)};
    }
    note({"drams." + entry.name, quantity, "pJ", 1.0, *entry.bit_pj, *entry.bit_pj, 0.0, 0.0, "",
          entry.origin});
    return {*entry.bit_pj * use.count, ""};
  }
  if (!entry.commands && !entry.currents) {
    return {std::nullopt,
            fmt::format("commands are counted; add currents or commands to drams.{}", entry.name)};
  }
  const DramCommands commands = entry.commands ? *entry.commands : dram_commands(*entry.currents);
  double value = 0.0;
  switch (use.action) {
    case DramAction::kBit:
      break;
    case DramAction::kActivatePrecharge:
      value = commands.activate_precharge_pj;
      break;
    case DramAction::kRead:
      value = commands.read_pj;
      break;
    case DramAction::kWrite:
      value = commands.write_pj;
      break;
    case DramAction::kRefresh:
      value = commands.refresh_pj;
      break;
    case DramAction::kActiveStandby:
      value = commands.active_standby_mw;
      break;
    case DramAction::kPrechargedStandby:
      value = commands.precharged_standby_mw;
      break;
  }
  const bool is_standby =
      use.action == DramAction::kActiveStandby || use.action == DramAction::kPrechargedStandby;
  note({"drams." + entry.name, quantity, is_standby ? "mW" : "pJ", 0.0, value, value, 0.0, 0.0,
        entry.commands ? "" : "from IDD currents, increment over standby", entry.origin});
  return {value * use.count, ""};
}

}  // namespace systerm
