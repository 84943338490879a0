// SPDX-License-Identifier: Apache-2.0
// Sequential reading of a file, expanding gzip on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

struct gzFile_s;

namespace systerm {

class InputFile {
 public:
  /// Throws DataError if the file cannot be opened or is a directory.
  explicit InputFile(const std::filesystem::path& path);
  /// The same for bytes that are in memory already; `name` is what messages call them.
  InputFile(std::string name, std::vector<std::uint8_t> bytes);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  /// The next `count` bytes. Throws DataError if the file ends before; never allocates much more
  /// than the file really holds, whatever a header claims.
  std::vector<std::uint8_t> read(std::uint64_t count);

  /// Fills as much of `bytes` as the file has left; 0 at its end. Throws DataError for damaged
  /// data.
  std::size_t read_some(std::span<std::uint8_t> bytes);
  /// What is left.
  std::vector<std::uint8_t> read_all();

  /// Throws DataError unless everything has been read.
  void expect_end();

  /// Throws DataError "<path>: <message>".
  [[noreturn]] void fail(const std::string& message) const;

 private:
  std::string name_;
  gzFile_s* file_ = nullptr;  ///< null for bytes in memory
  std::vector<std::uint8_t> bytes_;
  std::size_t position_ = 0;  ///< in bytes_
};

/// Product of the lengths, or throws through `file` if one is negative or the product times
/// `element_bytes` leaves 63 bits.
std::int64_t checked_elements(const InputFile& file, std::span<const std::int64_t> shape,
                              std::int64_t element_bytes);

}  // namespace systerm
