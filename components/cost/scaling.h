// SPDX-License-Identifier: Apache-2.0
// Scaling of logic between process nodes and supply voltages. Source: Stillmaker, Baas, "Scaling
// equations for the accurate prediction of CMOS device performance from 180 nm to 7 nm",
// Integration 58 (2017): energy = a V^2 + b V + c of a node, area factors relative to 45 nm; nodes
// in between are interpolated linearly. SRAM, DRAM and wires do not follow it.
#pragma once

#include <optional>
#include <string>

namespace systerm {

struct Process {
  double node_nm = 45.0;
  double voltage = 0.9;

  friend bool operator==(const Process&, const Process&) = default;
};

inline constexpr double kSmallestNode = 7.0;
inline constexpr double kLargestNode = 130.0;

/// Why the equations do not hold at `process`: beyond the nodes, or below the voltage at which the
/// fit turns upwards again. Nothing if they do.
std::optional<std::string> scaling_refuses(const Process& process);

/// Energy of an operation at `to` / energy at `from`. 1 for equal processes, whatever they are;
/// else both must not be refused.
double energy_factor(const Process& from, const Process& to);
/// The same for area, by nodes.
double area_factor(double from_nm, double to_nm);

}  // namespace systerm
