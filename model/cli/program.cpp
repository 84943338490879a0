// SPDX-License-Identifier: Apache-2.0
#include "model/cli/program.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "model/design/content_hash.h"

namespace systerm {

std::string program_name() { return "systerm " SYSTERM_VERSION; }

std::string program_digest() {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (content.empty()) throw std::runtime_error("cannot read the program's own file");
  return content_hash(content);
}

}  // namespace systerm
