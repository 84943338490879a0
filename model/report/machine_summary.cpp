// SPDX-License-Identifier: Apache-2.0
#include "model/report/machine_summary.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "components/array/cell.h"

namespace systerm {

namespace {

std::string precision_name(const Precision& precision, const Format& format) {
  const FormatParameters& parameters = precision.parameters;
  std::string name = fmt::format("{} g {}", precision.format, parameters.group_size);
  const auto unused = format.unused_parameters();
  const auto counts = [&](std::string_view key) {
    return std::ranges::find(unused, key) == unused.end();
  };
  if (counts("group_budget")) name += fmt::format(" k {}", parameters.group_budget);
  if (counts("data_terms")) name += fmt::format(" s {}", parameters.data_terms);
  if (counts("data_mantissa_bits")) {
    name +=
        fmt::format(" m {}, {}", parameters.weight_mantissa_bits, parameters.data_mantissa_bits);
  }
  return name;
}

PrecisionRoof roof_of(const Design& design, const Precision& precision) {
  const std::unique_ptr<const Cell> cell = make_cell(design.array.cell);
  const std::unique_ptr<const Format> format = make_format(precision.format, precision.parameters);
  const double cells = static_cast<double>(design.array.rows) * design.array.columns;
  return {precision_name(precision, *format), precision.format,
          cells * precision.parameters.group_size * design.clock_hz /
              static_cast<double>(cell->beat_cycles(*format))};
}

}  // namespace

Roofline roofline_of(const Experiment& experiment) {
  const Design& design = experiment.design;
  Roofline roofline;
  const double bus = design.interconnect.bytes_per_cycle * design.clock_hz;
  roofline.memory_bytes_per_second = std::min(design.dram.bytes_per_second, bus);
  roofline.memory = bus < design.dram.bytes_per_second ? "interconnect" : "DRAM";
  const auto add = [&](const Precision& precision) {
    PrecisionRoof roof = roof_of(design, precision);
    const auto same = [&](const PrecisionRoof& each) { return each.name == roof.name; };
    if (std::ranges::none_of(roofline.roofs, same)) roofline.roofs.push_back(std::move(roof));
  };
  add(experiment.precision.defaults);
  for (const PrecisionRule& rule : experiment.precision.layers) add(rule.precision);
  return roofline;
}

std::string explained(const Roofline& roofline) {
  return fmt::format(
      "How far each layer is from what the design allows. To the right: MACs for every byte that "
      "the layer moves to or from DRAM. Upwards: MACs a second. The slope is the peak bandwidth of "
      "the {}, {:g} GB/s; a roof is the rate at which all cells work on full groups all the time "
      "at "
      "that precision. A layer close to the slope is bound by memory, one close to its roof by "
      "the cells; what lies far below both loses its cycles elsewhere, see its stalls. The area of "
      "a dot grows with the layer's MACs.",
      roofline.memory, roofline.memory_bytes_per_second * 1e-9);
}

}  // namespace systerm
