// SPDX-License-Identifier: Apache-2.0
// Text in a page that its scripts unpack when it is looked at.
#pragma once

#include <string>
#include <string_view>

namespace systerm {

/// Base64 of what a browser's DecompressionStream calls "deflate" (RFC 1950).
std::string packed_text(std::string_view text);

}  // namespace systerm
