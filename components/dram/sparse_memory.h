// SPDX-License-Identifier: Apache-2.0
// Bytes of a large memory, of which only written pages exist; the others read as zero.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

namespace systerm {

class SparseMemory {
 public:
  void read(std::uint64_t address, unsigned char* data, std::uint64_t bytes) const;
  void write(std::uint64_t address, const unsigned char* data, std::uint64_t bytes);

 private:
  static constexpr std::uint64_t kPageBytes = 1 << 18;
  std::unordered_map<std::uint64_t, std::unique_ptr<unsigned char[]>> pages_;
};

}  // namespace systerm
