// SPDX-License-Identifier: Apache-2.0
// The style and the bundled scripts of reports, built into the program.
#pragma once

#include <string_view>

namespace systerm {

std::string_view page_style();
/// Empty in a build without them.
std::string_view page_script();

}  // namespace systerm
