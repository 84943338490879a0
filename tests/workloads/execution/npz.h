// SPDX-License-Identifier: Apache-2.0
// Reads NumPy's NPZ files: ZIP archives of NPY files, stored or deflated, without ZIP64.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "workloads/data/array.h"

namespace systerm::test {

/// Arrays by name, without the ".npy". Throws std::runtime_error for anything it does not
/// understand.
std::map<std::string, Array> read_npz(const std::filesystem::path& path);

}  // namespace systerm::test
