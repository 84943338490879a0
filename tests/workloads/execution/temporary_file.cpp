// SPDX-License-Identifier: Apache-2.0
#include "tests/workloads/execution/temporary_file.h"

#include <cstdlib>
#include <fstream>

#include <unistd.h>
#include <zlib.h>

namespace systerm::test {

TemporaryFile::TemporaryFile(std::string_view content, bool compressed) {
  static int serial = 0;
  path_ = std::filesystem::temp_directory_path() /
          ("systerm_test_" + std::to_string(getpid()) + "_" + std::to_string(serial++));
  if (compressed) {
    gzFile file = gzopen(path_.c_str(), "wb");
    gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
    gzclose(file);
  } else {
    std::ofstream(path_, std::ios::binary) << content;
  }
}

TemporaryFile::~TemporaryFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

std::optional<std::filesystem::path> shared_data(std::string_view name) {
  const char* const given = std::getenv("SYSTERM_SHARED_DATA");
  const std::filesystem::path root =
      given != nullptr ? std::filesystem::path(given)
                       : std::filesystem::path(SYSTERM_SOURCE_DIR) / ".." / "shared" / "data";
  const std::filesystem::path path = root / name;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return path;
}

}  // namespace systerm::test
