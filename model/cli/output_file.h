// SPDX-License-Identifier: Apache-2.0
// Files that a verb writes.
#pragma once

#include <filesystem>
#include <string>

namespace systerm {

/// Whole or not at all: written under another name, then renamed. Throws std::runtime_error.
void write_file(const std::filesystem::path& path, const std::string& text);

}  // namespace systerm
