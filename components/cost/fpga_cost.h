// SPDX-License-Identifier: Apache-2.0
// Resources of a design on an FPGA: parts with an entry of their own, and memories as block RAM.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "components/cost/composition.h"
#include "components/cost/technology.h"

namespace systerm {

struct FpgaUnit {
  std::string unit;
  std::int64_t lut = 0;
  std::int64_t ff = 0;
  std::int64_t bram = 0;
};

struct FpgaCost {
  std::vector<FpgaUnit> units;
  std::vector<std::string> not_included;  ///< units and parts without an entry
};

/// A memory takes as many block RAMs as its bits or its width ask for, whichever is more.
FpgaCost fpga_cost(const FpgaTable& table, const std::vector<UnitCost>& units);

}  // namespace systerm
