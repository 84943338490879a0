// SPDX-License-Identifier: Apache-2.0
// The price of every event, the leakage and the area of every unit of a design in a technology,
// each with its origin. Nothing is priced zero for want of a number.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "components/cost/composition.h"
#include "components/cost/fixed_point.h"
#include "components/cost/technology.h"

namespace systerm {

/// Events without a price; what() has a line for each, with unit, event and the key to add.
class PriceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct EventPrice {
  std::string event;
  double pj = 0.0;           ///< of one count, calibrated
  double calibration = 1.0;  ///< factor that `pj` contains
  bool is_static = false;
};

struct UnitPrice {
  std::string unit;
  std::vector<EventPrice> events;
  std::optional<double> leakage_mw;  ///< nothing where a part of it is unknown, or off chip
  std::optional<Area> area;          ///< likewise
};

/// A number of the technology that was used, and what became of it.
struct PriceOrigin {
  std::string key;  ///< path in the technology, such as operations.int_add
  std::string quantity;
  std::string unit;         ///< of value and used
  double width_bits = 0.0;  ///< 0 where there is none
  double value = 0.0;       ///< as written
  double used = 0.0;        ///< after `scaling`
  double node_nm = 0.0;     ///< 0 where there is none
  double voltage = 0.0;     ///< 0 where there is none
  std::string scaling;      ///< empty for none
  Origin origin;
};

/// Leakage or area that the technology does not know.
struct UnknownCost {
  std::string unit;
  std::string quantity;
  std::string key;  ///< that would have to be added
};

class PriceList {
 public:
  /// Entries of `technology` and its own process must be within what scaling.h covers. Throws
  /// PriceError for events without a price, and for entries of events that no unit has.
  PriceList(const Technology& technology, const std::vector<UnitCost>& units);

  /// In the order of the units given, each with its events in their order.
  const std::vector<UnitPrice>& units() const { return units_; }
  std::size_t events() const { return events_; }
  const std::vector<PriceOrigin>& origins() const { return origins_; }
  const std::vector<UnknownCost>& unknown() const { return unknown_; }

 private:
  std::vector<UnitPrice> units_;
  std::size_t events_ = 0;
  std::vector<PriceOrigin> origins_;
  std::vector<UnknownCost> unknown_;
};

}  // namespace systerm
