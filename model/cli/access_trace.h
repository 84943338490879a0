// SPDX-License-Identifier: Apache-2.0
// A memory trace, line by line, from a plain or gzipped file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "components/dram/controller.h"
#include "workloads/data/input_file.h"

namespace systerm {

class AccessTrace {
 public:
  /// Every access has `access_bytes` bytes within a memory of `memory_bytes`. Throws DataError if
  /// the file cannot be opened.
  AccessTrace(const std::string& path, std::uint64_t access_bytes, std::uint64_t memory_bytes);

  /// Throws DataError "file:line: message" for a line that is no access.
  std::optional<DramAccess> next();

 private:
  bool read_line();
  DramAccess parse() const;
  [[noreturn]] void fail(const std::string& message) const;

  std::string path_;
  InputFile file_;
  std::uint64_t access_bytes_;
  std::uint64_t memory_bytes_;
  std::vector<std::uint8_t> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string line_;
  std::int64_t line_number_ = 0;
};

}  // namespace systerm
