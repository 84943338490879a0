// SPDX-License-Identifier: Apache-2.0
// Where the units of a design stand in its picture: in columns by their distance from the memory,
// those that only control above them. Follows from the connections alone.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "model/accelerator/connections.h"

namespace systerm {

struct PlacedUnit {
  std::string_view name;
  int column = 0;         ///< 0 for the memory; -1 for a unit that only controls
  double position = 0.0;  ///< of its middle in the column, in boxes from the top
};

/// Whether bytes or tiles go over it, not orders.
bool carries_operands(const Connection& connection);

/// In the order of connected_units().
std::vector<PlacedUnit> place_units(std::span<const Connection> connections,
                                    std::span<const std::string> units);

}  // namespace systerm
