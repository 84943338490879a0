// SPDX-License-Identifier: Apache-2.0
#include "model/cli/extents_option.h"

#include <charconv>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace systerm {

std::optional<std::pair<std::string, std::int64_t>> named_number(const std::string& text) {
  const std::size_t sign = text.find('=');
  if (sign == std::string::npos || sign == 0) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  if (std::from_chars(text.data() + sign + 1, end, number).ptr != end || number < 1) {
    return std::nullopt;
  }
  return std::pair(text.substr(0, sign), number);
}

Extents extents_of(const std::vector<std::string>& texts) {
  Extents extents;
  for (const std::string& text : texts) {
    const auto extent = named_number(text);
    if (!extent) {
      throw CLI::ValidationError("--extent", fmt::format("'{}' is not NAME=EXTENT, such as "
                                                         "sequence_length=256",
                                                         text));
    }
    extents[extent->first] = extent->second;
  }
  return extents;
}

}  // namespace systerm
