// SPDX-License-Identifier: Apache-2.0
// Shell patterns for layer names.
#pragma once

#include <string_view>

namespace systerm {

/// Whether all of `text` matches: `*` stands for any run of characters, `?` for any one, `[a-c]`
/// and
/// `[!a-c]` for one that is or is not in the set, everything else for itself. A `[` that nothing
/// closes stands for itself.
bool matches_pattern(std::string_view pattern, std::string_view text);

}  // namespace systerm
