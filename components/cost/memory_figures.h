// SPDX-License-Identifier: Apache-2.0
// Energies, leakage and area of one memory macro, interpolated in log space (power laws piecewise)
// between the points of a memory's table: by capacity, then by port width, then by node.
#pragma once

#include <optional>
#include <string>

#include "components/cost/composition.h"
#include "components/cost/technology.h"

namespace systerm {

struct MemoryFigures {
  double read_pj = 0.0;              ///< of a word
  std::optional<double> write_pj;    ///< of a word
  std::optional<double> refresh_pj;  ///< of a bit
  std::optional<double> leakage_mw;
  std::optional<double> area_um2;
  double temperature_k = 300.0;  ///< that the leakage holds for
  std::string derivation;        ///< how the figures came from the table
};

/// Beyond the capacities and widths of the table the law of its last two points goes on, which
/// `derivation` then says; with points of one width only, energy goes with the width, and with one
/// capacity only, energy goes with its square root, leakage and area with itself. CACTI's eDRAM is
/// written with the energy of a read and refreshed with that of a read and a write.
/// Throws std::invalid_argument if a built-in table does not reach the node.
MemoryFigures memory_figures(const MemoryEntry& memory, const MemoryMacro& macro, double node_nm);

}  // namespace systerm
