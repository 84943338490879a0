// SPDX-License-Identifier: Apache-2.0
// NPZ archives written by hand, for tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace systerm::test {

/// Little endian.
std::string number(std::uint64_t value, int bytes);

struct ArchiveEntry {
  std::string name;
  std::string bytes;
  bool packed = false;
};

/// The archive's bytes; entries become NAME.npy.
std::string zip(const std::vector<ArchiveEntry>& entries, const std::string& comment = "");

}  // namespace systerm::test
