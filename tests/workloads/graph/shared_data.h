// SPDX-License-Identifier: Apache-2.0
// Where the tests find the trained models that are shared between checkouts.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace systerm {

inline std::filesystem::path shared_data(const std::string& name) {
  const char* folder = std::getenv("SYSTERM_SHARED_DATA");
  return (folder ? std::filesystem::path(folder)
                 : std::filesystem::path(SYSTERM_SOURCE_DIR) / ".." / "shared" / "data") /
         name;
}

}  // namespace systerm

#define SYSTERM_REQUIRE_DATA(name)                                 \
  const std::filesystem::path file = ::systerm::shared_data(name); \
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is absent"
