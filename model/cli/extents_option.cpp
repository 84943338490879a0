// SPDX-License-Identifier: Apache-2.0
#include "model/cli/extents_option.h"

#include <charconv>
#include <cstdint>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace systerm {

Extents extents_of(const std::vector<std::string>& texts) {
  Extents extents;
  for (const std::string& text : texts) {
    const std::size_t sign = text.find('=');
    std::int64_t extent = 0;
    const char* const end = text.data() + text.size();
    const bool is_number = sign != std::string::npos && sign > 0 &&
                           std::from_chars(text.data() + sign + 1, end, extent).ptr == end &&
                           extent >= 1;
    if (!is_number) {
      throw CLI::ValidationError("--extent", fmt::format("'{}' is not NAME=EXTENT, such as "
                                                         "sequence_length=256",
                                                         text));
    }
    extents[text.substr(0, sign)] = extent;
  }
  return extents;
}

}  // namespace systerm
