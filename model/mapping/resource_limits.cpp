// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/resource_limits.h"

#include <fmt/format.h>

#include "model/mapping/mapping_error.h"

namespace systerm {

std::string bytes_text(std::int64_t bytes) {
  if (bytes % (1 << 20) == 0) return fmt::format("{} MiB", bytes >> 20);
  if (bytes % (1 << 10) == 0) return fmt::format("{} KiB", bytes >> 10);
  return fmt::format("{} B", bytes);
}

std::string ResourceLimits::describe(const std::string& what, std::int64_t demand,
                                     const std::string& buffer, std::int64_t bound) const {
  return fmt::format(
      "{}, even the smallest, takes {}; a slot of {} holds {}; increase {}.size or reduce {}.slots",
      what, bytes_text(demand), buffer, bytes_text(bound), buffer, buffer);
}

MappingError::MappingError(const std::vector<std::string>& problems)
    : std::runtime_error(fmt::format("{}", fmt::join(problems, "\n"))) {}

}  // namespace systerm
