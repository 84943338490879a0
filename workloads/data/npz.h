// SPDX-License-Identifier: Apache-2.0
// Reads NumPy's NPZ files: ZIP archives of NPY files, stored or deflated; and writes stored ones.
// Source: PKWARE, ".ZIP File Format Specification", sections 4.3.7, 4.3.12 and 4.3.16.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "workloads/data/array.h"

namespace systerm {

/// "file.npz:name" as file and name; the name is empty where there is none.
inline std::pair<std::filesystem::path, std::string> split_archive_member(
    const std::filesystem::path& path) {
  const std::string text = path.string();
  const std::size_t end = text.rfind(".npz:");
  if (end == std::string::npos) return {path, ""};
  return {text.substr(0, end + 4), text.substr(end + 5)};
}

/// The array `member` (without the .npy of its name), or the only one where `member` is empty.
/// Throws DataError naming the arrays that there are if that leaves a choice, or if the archive is
/// damaged, encrypted, in several parts, or beyond 4 GiB.
Array read_npz(const std::filesystem::path& path, const std::string& member);

/// Names of all arrays, in the order of the archive. Throws as above.
std::vector<std::string> npz_names(const std::filesystem::path& path);

struct NamedArray {
  std::string name;
  Array array;
};

/// The bytes of an archive of these arrays, as NumPy reads it. Throws DataError beyond 4 GiB.
std::string encode_npz(std::span<const NamedArray> arrays);

}  // namespace systerm
