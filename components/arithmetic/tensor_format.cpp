// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/tensor_format.h"

#include <algorithm>
#include <stdexcept>

namespace systerm {

std::vector<std::string> TensorFormatOptions::given() const {
  std::vector<std::string> names;
  if (group_size) names.emplace_back("group_size");
  if (exponent_bits) names.emplace_back("exponent_bits");
  if (mantissa_bits) names.emplace_back("mantissa_bits");
  if (rounding) names.emplace_back("rounding");
  if (overflow) names.emplace_back("overflow");
  if (window) names.emplace_back("window");
  if (layout) names.emplace_back("layout");
  if (square_blocks) names.emplace_back("square_blocks");
  if (top_exponent) names.emplace_back("top_exponent");
  if (random) names.emplace_back("random");
  return names;
}

std::size_t bytes_of(CodeType type) {
  switch (type) {
    case CodeType::kInt8:
    case CodeType::kUint8:
      return 1;
    case CodeType::kUint16:
      return 2;
    case CodeType::kUint32:
      return 4;
  }
  throw std::logic_error("no such type of codes");
}

void require_options(std::string_view format, const TensorFormatOptions& options,
                     std::span<const std::string_view> allowed) {
  std::string known;
  for (const std::string_view name : allowed)
    known += (known.empty() ? "" : ", ") + std::string(name);
  for (const std::string& name : options.given()) {
    if (std::ranges::find(allowed, name) != allowed.end()) continue;
    throw std::invalid_argument("format '" + std::string(format) + "' has no option " + name +
                                (known.empty() ? "; it has none at all" : "; it has " + known));
  }
}

}  // namespace systerm
