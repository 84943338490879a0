// SPDX-License-Identifier: Apache-2.0
// Files that the program writes: whole or not at all.
#pragma once

#include <filesystem>
#include <string_view>

namespace systerm {

/// Written under another name, then renamed. Throws std::runtime_error.
void write_file(const std::filesystem::path& path, std::string_view text);

/// Fails before a long run whose result would have no place. Throws std::runtime_error.
void require_writable(const std::filesystem::path& path);

}  // namespace systerm
