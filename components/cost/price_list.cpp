// SPDX-License-Identifier: Apache-2.0
#include "components/cost/price_list.h"

#include <algorithm>

#include <fmt/format.h>

#include "components/cost/price_lookup.h"

namespace systerm {
namespace {

class Pricing {
 public:
  explicit Pricing(const Technology& technology) : technology_(technology), lookup_(technology) {}

  UnitPrice unit(const UnitCost& cost) {
    UnitPrice price{cost.unit, {}, std::nullopt, std::nullopt};
    for (const EventCost& event : cost.events) {
      price.events.push_back(event_price(cost.unit, event));
      known_events_.push_back(cost.unit + '.' + event.event);
    }
    if (cost.on_chip) {
      price.area = area(cost);
      price.leakage_mw = leakage(cost, price.area);
    }
    return price;
  }

  /// Entries of the technology that name an event must have met one.
  void finish() {
    const auto check = [&](const auto& entries, const char* section) {
      for (const auto& entry : entries) {
        if (std::ranges::find(known_events_, entry.name) != known_events_.end()) continue;
        errors_ += fmt::format("\n  {}.{}: no unit of the design has this event; it has {}",
                               section, entry.name, fmt::join(known_events_, ", "));
      }
    };
    check(technology_.events, "events");
    check(technology_.calibration, "calibration");
    if (!errors_.empty()) {
      throw PriceError(fmt::format("technology '{}':{}", technology_.name, errors_));
    }
  }

  PriceLookup& lookup() { return lookup_; }
  std::vector<UnknownCost>& unknown() { return unknown_; }

 private:
  EventPrice event_price(const std::string& unit, const EventCost& event) {
    EventPrice price{event.event, 0.0, 1.0, event.is_static};
    const std::string name = unit + '.' + event.event;
    const auto given = std::ranges::find(technology_.events, name, &EventEntry::name);
    if (given != technology_.events.end()) {
      price.pj = lookup_.event(*given);
    } else {
      if (event.uses.empty()) report(unit, event.event, "it is composed of nothing");
      for (const Use& use : event.uses) {
        const PriceLookup::Found found =
            std::visit([&](const auto& each) { return lookup_.energy(unit, each); }, use);
        if (found.value) {
          price.pj += *found.value;
        } else {
          report(unit, event.event, found.problem);
        }
      }
    }
    const auto factor = std::ranges::find(technology_.calibration, name, &CalibrationFactor::name);
    if (factor != technology_.calibration.end()) {
      price.calibration = factor->factor;
      price.pj *= factor->factor;
    }
    return price;
  }

  void report(const std::string& unit, const std::string& event, const std::string& problem) {
    errors_ += fmt::format("\n  unit {}, event {}: no price; {}", unit, event, problem);
  }

  std::optional<Area> area(const UnitCost& cost) {
    double um2 = 0.0;
    bool known = true;
    const auto add = [&](const PriceLookup::Found& found, double count) {
      if (found.value) {
        um2 += *found.value * count;
      } else {
        known = false;
        note_unknown(cost.unit, "area", found.problem);
      }
    };
    for (const LogicUse& use : cost.logic) add(lookup_.area(use), 1.0);
    for (const MemoryPart& part : cost.memories) {
      add(lookup_.memory_area(cost.unit, part.macro), static_cast<double>(part.count));
    }
    return known ? std::optional(Area::rounded(um2 * 1e-6)) : std::nullopt;
  }

  std::optional<double> leakage(const UnitCost& cost, const std::optional<Area>& area) {
    double mw = 0.0;
    bool known = true;
    const auto add = [&](const PriceLookup::Found& found, double count) {
      if (found.value) {
        mw += *found.value * count;
      } else {
        known = false;
        note_unknown(cost.unit, "leakage", found.problem);
      }
    };
    double memory_um2 = 0.0;
    for (const MemoryPart& part : cost.memories) {
      add(lookup_.memory_leakage(cost.unit, part.macro), static_cast<double>(part.count));
      const auto found = lookup_.memory_area(cost.unit, part.macro);
      memory_um2 += found.value.value_or(0.0) * static_cast<double>(part.count);
    }
    if (!cost.logic.empty()) {
      if (area) {
        add(lookup_.logic_leakage_per_mm2(), area->value() - memory_um2 * 1e-6);
      } else {
        known = false;
        note_unknown(cost.unit, "leakage", "it goes with the area, which is unknown");
      }
    }
    return known ? std::optional(mw) : std::nullopt;
  }

  void note_unknown(const std::string& unit, const char* quantity, const std::string& problem) {
    const bool noted = std::ranges::any_of(unknown_, [&](const UnknownCost& each) {
      return each.unit == unit && each.quantity == quantity && each.key == problem;
    });
    if (!noted) unknown_.push_back({unit, quantity, problem});
  }

  const Technology& technology_;
  PriceLookup lookup_;
  std::vector<std::string> known_events_;
  std::vector<UnknownCost> unknown_;
  std::string errors_;
};

}  // namespace

PriceList::PriceList(const Technology& technology, const std::vector<UnitCost>& units) {
  Pricing pricing(technology);
  for (const UnitCost& cost : units) {
    units_.push_back(pricing.unit(cost));
    events_ += units_.back().events.size();
  }
  pricing.finish();
  origins_ = pricing.lookup().origins();
  unknown_ = std::move(pricing.unknown());
}

}  // namespace systerm
