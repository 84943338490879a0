// SPDX-License-Identifier: Apache-2.0
#include "model/design/file_reference.h"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

namespace systerm {
namespace {

bool is_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  return std::filesystem::exists(status) && !std::filesystem::is_directory(status);
}

}  // namespace

std::optional<std::filesystem::path> find_file(const std::filesystem::path& file,
                                               const std::filesystem::path& directory) {
  for (const std::filesystem::path& candidate : {directory / file, file}) {
    if (is_file(candidate)) return candidate.lexically_normal();
  }
  return std::nullopt;
}

std::string missing_file(const std::filesystem::path& file,
                         const std::filesystem::path& directory) {
  const std::string first = (directory / file).lexically_normal().string();
  const std::string second = file.lexically_normal().string();
  return first == second ? fmt::format("no such file; looked for '{}'", first)
                         : fmt::format("no such file; looked for '{}' and '{}'", first, second);
}

bool looks_like_path(std::string_view text, std::initializer_list<std::string_view> extensions) {
  return text.find('/') != std::string_view::npos ||
         std::any_of(extensions.begin(), extensions.end(),
                     [text](std::string_view extension) { return text.ends_with(extension); });
}

}  // namespace systerm
