// SPDX-License-Identifier: Apache-2.0
// Files that a document refers to.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace systerm {

/// The file, looked up in `directory`, then in the current directory; nothing if neither has it.
std::optional<std::filesystem::path> find_file(const std::filesystem::path& file,
                                               const std::filesystem::path& directory);

/// "no such file; looked for 'a' and 'b'".
std::string missing_file(const std::filesystem::path& file, const std::filesystem::path& directory);

/// Whether `text` is meant as a path: it has a slash or ends with one of the extensions.
bool looks_like_path(std::string_view text, std::initializer_list<std::string_view> extensions);

}  // namespace systerm
