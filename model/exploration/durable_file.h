// SPDX-License-Identifier: Apache-2.0
// Files that are there as a whole or not at all, whatever happens to the process or the machine.
#pragma once

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace systerm {

/// The file system refuses; the message has the path and the reason.
class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Writes `path`.partial, synchronises it with the disk, renames it to `path` and synchronises the
/// folder, which must exist. One process at a time may write a path. Throws StoreError, and leaves
/// nothing behind then.
void write_durably(const std::filesystem::path& path, std::string_view text);

/// Removes what a process killed while it wrote `path` has left.
void remove_unfinished(const std::filesystem::path& path);

/// Nothing if there is no such file. Throws StoreError if it cannot be read.
std::optional<std::string> read_whole(const std::filesystem::path& path);

/// With its parents. Throws StoreError.
void make_folder(const std::filesystem::path& path);

}  // namespace systerm
