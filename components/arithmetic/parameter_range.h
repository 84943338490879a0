// SPDX-License-Identifier: Apache-2.0
// The check that every format makes of its integer parameters, so that their messages read alike.
#pragma once

#include <string_view>

namespace systerm {

/// Throws std::invalid_argument "format 'F': P must be L to H, not V" unless low <= value <= high.
void require_parameter_range(std::string_view format, std::string_view parameter, int value,
                             int low, int high);

}  // namespace systerm
