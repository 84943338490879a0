// SPDX-License-Identifier: Apache-2.0
// What one slot of each buffer of a design holds.
#pragma once

#include <cstdint>
#include <string>

#include "model/design/design.h"

namespace systerm {

std::string bytes_text(std::int64_t bytes);

class ResourceLimits {
 public:
  explicit ResourceLimits(const Design& design) : design_(design) {}

  std::int64_t weight_slot() const { return slot(design_.weight_buffer); }
  std::int64_t data_slot() const { return slot(design_.data_buffer); }
  std::int64_t operand_slot() const { return slot(design_.operand_buffer); }
  std::int64_t result_slot() const { return slot(design_.result_buffer); }
  std::int64_t accumulator_sums() const {
    return design_.accumulators.bytes / design_.accumulators.slots / 4;
  }
  /// One sentence: demand, bound, keys that would help.
  std::string describe(const std::string& what, std::int64_t demand, const std::string& buffer,
                       std::int64_t bound) const;

 private:
  static std::int64_t slot(const BufferConfig& config) { return config.bytes / config.slots; }

  const Design& design_;
};

}  // namespace systerm
