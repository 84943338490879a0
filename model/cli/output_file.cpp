// SPDX-License-Identifier: Apache-2.0
#include "model/cli/output_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <unistd.h>

namespace systerm {

void write_file(const std::filesystem::path& path, std::string_view text) {
  const std::filesystem::path partial = path.string() + ".partial";
  std::ofstream file(partial, std::ios::binary);
  file << text;
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(partial, path, error);
  if (!file || error) {
    std::error_code ignored;
    std::filesystem::remove(partial, ignored);
    throw std::runtime_error(fmt::format("{}: cannot be written{}", path.string(),
                                         error ? ": " + error.message() : std::string()));
  }
}

void require_writable(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    throw std::runtime_error(
        fmt::format("{}: cannot be written: {}", path.string(), std::strerror(errno)));
  }
  if (std::filesystem::is_directory(path)) {
    throw std::runtime_error(fmt::format("{}: is a folder", path.string()));
  }
}

}  // namespace systerm
