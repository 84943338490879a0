// SPDX-License-Identifier: Apache-2.0
// The commented files that `init` starts from; the build embeds configs/templates.
#pragma once

#include <span>
#include <string_view>

namespace systerm {

struct FileTemplate {
  std::string_view name;  ///< the kind of file
  std::string_view text;
};

std::span<const FileTemplate> file_templates();

}  // namespace systerm
