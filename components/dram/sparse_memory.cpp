// SPDX-License-Identifier: Apache-2.0
#include "components/dram/sparse_memory.h"

#include <algorithm>
#include <cstring>

namespace systerm {

void SparseMemory::read(std::uint64_t address, unsigned char* data, std::uint64_t bytes) const {
  while (bytes > 0) {
    const std::uint64_t offset = address % kPageBytes;
    const std::uint64_t piece = std::min(bytes, kPageBytes - offset);
    const auto page = pages_.find(address / kPageBytes);
    if (page == pages_.end()) {
      std::memset(data, 0, piece);
    } else {
      std::memcpy(data, page->second.get() + offset, piece);
    }
    address += piece;
    data += piece;
    bytes -= piece;
  }
}

void SparseMemory::write(std::uint64_t address, const unsigned char* data, std::uint64_t bytes) {
  while (bytes > 0) {
    const std::uint64_t offset = address % kPageBytes;
    const std::uint64_t piece = std::min(bytes, kPageBytes - offset);
    auto& page = pages_[address / kPageBytes];
    if (!page) page = std::make_unique<unsigned char[]>(kPageBytes);
    std::memcpy(page.get() + offset, data, piece);
    address += piece;
    data += piece;
    bytes -= piece;
  }
}

}  // namespace systerm
