// SPDX-License-Identifier: Apache-2.0
// A YAML file that is built into the program.
#pragma once

#include <string_view>

namespace systerm {

struct EmbeddedText {
  std::string_view name;  ///< file name without extension
  std::string_view text;
};

}  // namespace systerm
