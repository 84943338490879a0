// SPDX-License-Identifier: Apache-2.0
#include "components/array/array_timing.h"

#include <algorithm>

namespace systerm {

PassCycles synchronised_pass(const ArrayConfig& config, const PassShape& shape,
                             std::int64_t beat_cycles, std::int64_t interval_cycles,
                             std::int64_t output_latency_cycles) {
  const std::int64_t interval = std::max(beat_cycles, interval_cycles);
  PassCycles cycles;
  cycles.busy = shape.items * beat_cycles;
  cycles.source = (shape.items - 1) * (interval - beat_cycles);
  switch (config.skew) {
    case Skew::kBeat: {
      // Operands move once a beat, so a hop costs a beat, and never less than the wires take.
      const std::int64_t down = std::max<std::int64_t>(interval, config.sum_hop_cycles);
      const std::int64_t across = std::max<std::int64_t>(interval, config.data_hop_cycles);
      cycles.skew = (shape.rows - 1) * down + (shape.columns - 1) * across;
      break;
    }
    case Skew::kHop:
      cycles.skew =
          (shape.rows - 1) * config.sum_hop_cycles + (shape.columns - 1) * config.data_hop_cycles;
      break;
  }
  cycles.skew += output_latency_cycles;
  return cycles;
}

PassCycles wavefront_pass(const PassShape& shape, std::span<const std::int64_t> beats,
                          std::int64_t interval_cycles, std::int64_t output_latency_cycles) {
  PassCycles cycles;
  for (std::size_t beat = 0; beat < beats.size(); ++beat) {
    const auto item = static_cast<std::int64_t>(beat);
    if (item < shape.items) {
      cycles.busy += beats[beat];
      // The next item enters with the next beat.
      if (item + 1 < shape.items) {
        cycles.source += std::max<std::int64_t>(interval_cycles - beats[beat], 0);
      }
    } else {
      cycles.skew += beats[beat];
    }
  }
  cycles.skew += output_latency_cycles;
  return cycles;
}

std::int64_t cells_in_wavefront(const PassShape& shape, std::int64_t beat) {
  // Positions (item, row, column) on the plane item + row + column = beat, counted by inclusion and
  // exclusion over the three upper bounds.
  const auto triangle = [](std::int64_t n) { return n < 0 ? 0 : (n + 1) * (n + 2) / 2; };
  const std::int64_t a = shape.items;
  const std::int64_t b = shape.rows;
  const std::int64_t c = shape.columns;
  return triangle(beat) - triangle(beat - a) - triangle(beat - b) - triangle(beat - c) +
         triangle(beat - a - b) + triangle(beat - a - c) + triangle(beat - b - c) -
         triangle(beat - a - b - c);
}

}  // namespace systerm
