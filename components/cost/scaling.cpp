// SPDX-License-Identifier: Apache-2.0
#include "components/cost/scaling.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace systerm {
namespace {

struct NodeFit {
  double node_nm;
  double a;
  double b;
  double c;
  double area;  ///< relative to 45 nm
};

// Tables of energy coefficients and area factors of the source.
constexpr std::array<NodeFit, 10> kFits = {{{7, 0.1776, -0.09097, 0.02447, 0.059},
                                            {10, 0.2068, -0.09311, 0.02375, 0.10},
                                            {14, 0.2363, -0.09675, 0.02239, 0.17},
                                            {16, 0.2958, -0.1241, 0.03024, 0.19},
                                            {20, 0.373, -0.1582, 0.04104, 0.21},
                                            {32, 0.9559, -0.7823, 0.471, 0.46},
                                            {45, 1.103, -0.362, 0.2767, 1.0},
                                            {65, 3.755, -4.398, 1.975, 1.5},
                                            {90, 4.762, -4.781, 2.092, 2.8},
                                            {130, 7.171, -6.709, 2.904, 6.4}}};

double energy_at(const NodeFit& fit, double voltage) {
  return fit.a * voltage * voltage + fit.b * voltage + fit.c;
}

/// Calls of(fit) for the nodes around `node_nm` and interpolates between them.
template <typename Of>
double interpolated(double node_nm, Of of) {
  const auto above = std::ranges::lower_bound(kFits, node_nm, {}, &NodeFit::node_nm);
  if (above == kFits.begin() || above->node_nm == node_nm) return of(*above);
  const auto below = above - 1;
  const double share = (node_nm - below->node_nm) / (above->node_nm - below->node_nm);
  return of(*below) + share * (of(*above) - of(*below));
}

/// Voltage at which the fit is smallest.
double turning_voltage(const NodeFit& fit) { return -fit.b / (2.0 * fit.a); }

}  // namespace

std::optional<std::string> scaling_refuses(const Process& process) {
  if (process.node_nm < kSmallestNode || process.node_nm > kLargestNode) {
    return fmt::format("logic is scaled between {} and {} nm only, not to or from {} nm",
                       kSmallestNode, kLargestNode, process.node_nm);
  }
  const double turn = interpolated(process.node_nm, turning_voltage);
  if (process.voltage < turn) {
    return fmt::format("logic at {} nm is scaled down to {:.2f} V only, not to or from {} V",
                       process.node_nm, turn, process.voltage);
  }
  return std::nullopt;
}

double energy_factor(const Process& from, const Process& to) {
  if (from == to) return 1.0;
  const auto energy = [](const Process& process) {
    return interpolated(process.node_nm,
                        [&](const NodeFit& fit) { return energy_at(fit, process.voltage); });
  };
  return energy(to) / energy(from);
}

double area_factor(double from_nm, double to_nm) {
  if (from_nm == to_nm) return 1.0;
  const auto area = [](double node) {
    return interpolated(node, [](const NodeFit& fit) { return fit.area; });
  };
  return area(to_nm) / area(from_nm);
}

}  // namespace systerm
