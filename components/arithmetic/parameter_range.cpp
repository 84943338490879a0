// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/parameter_range.h"

#include <stdexcept>
#include <string>

namespace systerm {

void require_parameter_range(std::string_view format, std::string_view parameter, int value,
                             int low, int high) {
  if (value >= low && value <= high) return;
  throw std::invalid_argument("format '" + std::string(format) + "': " + std::string(parameter) +
                              " must be " + std::to_string(low) + " to " + std::to_string(high) +
                              ", not " + std::to_string(value));
}

}  // namespace systerm
