// SPDX-License-Identifier: Apache-2.0
// How many parts a whole takes.
#pragma once

#include <cstdint>

namespace systerm {

/// a / b, rounded up; a >= 0, b > 0.
constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace systerm
