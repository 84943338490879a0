// SPDX-License-Identifier: Apache-2.0
// A file that lives as long as the object, for tests of readers; and the folder of real data.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace systerm::test {

class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content, bool compressed = false);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// $SYSTERM_SHARED_DATA or <source root>/../shared/data, if it has `name`.
std::optional<std::filesystem::path> shared_data(std::string_view name);

}  // namespace systerm::test
