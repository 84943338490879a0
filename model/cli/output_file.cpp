// SPDX-License-Identifier: Apache-2.0
#include "model/cli/output_file.h"

#include <fstream>
#include <stdexcept>

#include <fmt/format.h>

namespace systerm {

void write_file(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path partial = path.string() + ".partial";
  {
    std::ofstream file(partial, std::ios::binary);
    file << text;
    file.flush();
    if (!file) throw std::runtime_error(fmt::format("cannot write {}", partial.string()));
  }
  std::filesystem::rename(partial, path);
}

}  // namespace systerm
