// SPDX-License-Identifier: Apache-2.0
// A stable hash of a text, to tell configurations apart (FNV-1a, 128 bits).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace systerm {

inline constexpr std::size_t kContentHashDigits = 32;

/// kContentHashDigits hexadecimal digits, the same on every machine.
std::string content_hash(std::string_view text);

}  // namespace systerm
