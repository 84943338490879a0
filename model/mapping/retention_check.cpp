// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/retention_check.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace systerm {

void RetentionCheck::add(const std::string& layer, std::int64_t beat_cycles) {
  beats_.push_back({layer, beat_cycles});
}

std::vector<std::string> RetentionCheck::problems() const {
  const std::array<std::pair<const char*, const BufferConfig*>, 4> buffers = {
      {{"weight_buffer", &design_.weight_buffer},
       {"data_buffer", &design_.data_buffer},
       {"operand_buffer", &design_.operand_buffer},
       {"result_buffer", &design_.result_buffer}}};
  std::vector<std::string> problems;
  for (const auto& [name, buffer] : buffers) {
    if (buffer->memory != "edram") continue;
    const EdramConfig& edram = buffer->edram;
    const std::int64_t retention = edram.retention_cycles(design_.clock_hz);
    const auto is_longer = [&](const Beat& beat) { return beat.cycles > retention; };
    const auto layers = std::ranges::count_if(beats_, is_longer);
    if (layers == 0) continue;
    const auto longest = std::ranges::max_element(beats_, {}, &Beat::cycles);
    const std::string others = layers > 1 ? fmt::format(" and {} more", layers - 1) : "";
    problems.push_back(fmt::format(
        "{0}.edram: at {1:g} degrees a row keeps its data for {2} cycles, but a beat of layer "
        "'{3}'{4} takes {5}; increase {0}.edram.{6} or lower {0}.edram.temperature",
        name, edram.celsius, retention, longest->layer, others, longest->cycles,
        edram.retention_table.empty() ? "retention" : "retention_table"));
  }
  return problems;
}

}  // namespace systerm
