// SPDX-License-Identifier: Apache-2.0
#include "components/cost/memory_figures.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "components/cost/cacti_table.h"

namespace systerm {
namespace {

struct Point {
  double x;
  double y;
};

/// Through the points, sorted by x, as power laws; beyond them the outermost law goes on. With one
/// point y grows with x^exponent.
double power_law(const std::vector<Point>& points, double x, double exponent) {
  if (points.size() == 1) return points[0].y * std::pow(x / points[0].x, exponent);
  std::size_t above = 1;
  while (above + 1 < points.size() && points[above].x < x) ++above;
  const Point& a = points[above - 1];
  const Point& b = points[above];
  if (x == b.x) return b.y;
  return a.y * std::pow(x / a.x, std::log(b.y / a.y) / std::log(b.x / a.x));
}

/// One figure of the macros of a table at one node.
struct Sample {
  double capacity;
  double width;
  double value;
};

struct Exponents {
  double capacity;
  double width;
};
constexpr Exponents kEnergyExponents = {0.5, 1.0};
constexpr Exponents kSizeExponents = {1.0, 0.0};

double at_macro(const std::vector<Sample>& samples, const MemoryMacro& macro,
                const Exponents& exponents) {
  std::map<double, std::vector<Point>> by_width;
  for (const Sample& each : samples) by_width[each.width].push_back({each.capacity, each.value});
  std::vector<Point> over_width;
  for (auto& [width, points] : by_width) {
    std::ranges::sort(points, {}, &Point::x);
    over_width.push_back({width, power_law(points, macro.capacity_bytes, exponents.capacity)});
  }
  return power_law(over_width, macro.width_bits, exponents.width);
}

/// "extrapolated from ..." where the macro lies beyond the points, else how it was interpolated.
std::string position_text(const std::vector<Sample>& samples, const MemoryMacro& macro) {
  const auto [small, large] = std::ranges::minmax(samples, {}, &Sample::capacity);
  const auto [narrow, wide] = std::ranges::minmax(samples, {}, &Sample::width);
  const bool outside = macro.capacity_bytes < small.capacity ||
                       macro.capacity_bytes > large.capacity || macro.width_bits < narrow.width ||
                       macro.width_bits > wide.width;
  return fmt::format("{} in log space from {:.0f} to {:.0f} bytes, {:.0f} to {:.0f} bit",
                     outside ? "extrapolated" : "interpolated", small.capacity, large.capacity,
                     narrow.width, wide.width);
}

std::vector<double> cacti_nodes(const std::string& cell) {
  std::vector<double> nodes;
  for (const CactiRow& row : cacti_rows()) {
    if (row.cell == cell && (nodes.empty() || nodes.back() != row.node_nm)) {
      nodes.push_back(row.node_nm);
    }
  }
  return nodes;
}

std::vector<Sample> cacti_samples(const std::string& cell, double node, double CactiRow::*figure) {
  std::vector<Sample> samples;
  for (const CactiRow& row : cacti_rows()) {
    if (row.cell == cell && row.node_nm == node) {
      samples.push_back({row.capacity_bytes, row.width_bits, row.*figure});
    }
  }
  return samples;
}

MemoryFigures from_cacti(const MemoryEntry& memory, const MemoryMacro& macro, double node_nm) {
  const std::vector<double> nodes = cacti_nodes(memory.cell);
  if (nodes.empty()) throw std::invalid_argument("CACTI table without cell " + memory.cell);
  if (node_nm < nodes.front() || node_nm > nodes.back()) {
    throw std::invalid_argument(fmt::format("{} covers {} to {} nm, not {} nm", memory.cell,
                                            nodes.front(), nodes.back(), node_nm));
  }
  const auto figure = [&](double CactiRow::*column, const Exponents& exponents) {
    std::vector<Point> over_nodes;
    for (const double node : nodes) {
      over_nodes.push_back(
          {node, at_macro(cacti_samples(memory.cell, node, column), macro, exponents)});
    }
    return power_law(over_nodes, node_nm, 1.0);
  };
  MemoryFigures figures;
  figures.read_pj = figure(&CactiRow::read_pj, kEnergyExponents);
  figures.leakage_mw = figure(&CactiRow::leakage_mw, kSizeExponents);
  figures.area_um2 = 1e6 * figure(&CactiRow::area_mm2, kSizeExponents);
  const auto samples = cacti_samples(memory.cell, nodes.front(), &CactiRow::read_pj);
  figures.derivation = position_text(samples, macro);
  if (std::ranges::find(nodes, node_nm) == nodes.end()) {
    figures.derivation += fmt::format("; interpolated in log space to {} nm", node_nm);
  }
  for (const CactiRow& row : cacti_rows()) {
    if (row.cell == memory.cell) figures.temperature_k = row.temperature_k;
  }
  if (memory.cell == kCactiEdram) {
    figures.write_pj = figures.read_pj;
    figures.refresh_pj = 2.0 * figures.read_pj / macro.width_bits;
    figures.derivation += "; written with the energy of a read, refreshed with both";
  } else {
    figures.write_pj = figure(&CactiRow::write_pj, kEnergyExponents);
  }
  return figures;
}

template <typename Of>
std::vector<Sample> point_samples(const MemoryEntry& memory, Of of) {
  std::vector<Sample> samples;
  for (const MemoryPoint& point : memory.points) {
    const std::optional<double> value = of(point);
    if (!value) return {};
    samples.push_back({point.capacity_bytes, point.width_bits, *value});
  }
  return samples;
}

std::string node_text(const MemoryEntry& memory, double node_nm) {
  if (memory.node_nm == node_nm) return {};
  return fmt::format("; at {} nm, not scaled to {} nm", memory.node_nm, node_nm);
}

MemoryFigures from_points(const MemoryEntry& memory, const MemoryMacro& macro, double node_nm) {
  const auto figure = [&](auto of, const Exponents& exponents) -> std::optional<double> {
    const std::vector<Sample> samples = point_samples(memory, of);
    if (samples.empty()) return std::nullopt;
    return at_macro(samples, macro, exponents);
  };
  MemoryFigures figures;
  const auto read = [](const MemoryPoint& point) { return std::optional(point.read_pj); };
  figures.read_pj = *figure(read, kEnergyExponents);
  figures.write_pj = figure([](const MemoryPoint& p) { return p.write_pj; }, kEnergyExponents);
  figures.leakage_mw = figure([](const MemoryPoint& p) { return p.leakage_mw; }, kSizeExponents);
  figures.area_um2 = figure([](const MemoryPoint& p) { return p.area_um2; }, kSizeExponents);
  figures.temperature_k = memory.temperature_k;
  figures.derivation =
      position_text(point_samples(memory, read), macro) + node_text(memory, node_nm);
  return figures;
}

MemoryFigures from_bit(const MemoryEntry& memory, const MemoryMacro& macro, double node_nm) {
  const MemoryBit& bit = *memory.bit;
  const double bits = 8.0 * macro.capacity_bytes;
  const auto times = [](const std::optional<double>& value, double factor) {
    return value ? std::optional(*value * factor) : std::nullopt;
  };
  MemoryFigures figures;
  figures.read_pj = bit.read_pj * macro.width_bits;
  figures.write_pj = bit.write_pj * macro.width_bits;
  figures.refresh_pj = bit.refresh_pj;
  figures.leakage_mw = times(bit.leakage_mw, bits);
  figures.area_um2 = times(bit.area_um2, bits);
  figures.temperature_k = memory.temperature_k;
  figures.derivation = fmt::format("{:.0f} bit a word, {:.0f} bit", macro.width_bits, bits) +
                       node_text(memory, node_nm);
  return figures;
}

}  // namespace

MemoryFigures memory_figures(const MemoryEntry& memory, const MemoryMacro& macro, double node_nm) {
  if (!memory.cell.empty()) return from_cacti(memory, macro, node_nm);
  return memory.bit ? from_bit(memory, macro, node_nm) : from_points(memory, macro, node_nm);
}

}  // namespace systerm
