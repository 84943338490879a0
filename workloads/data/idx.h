// SPDX-License-Identifier: Apache-2.0
// Reads IDX files, the format of MNIST, plain or gzip.
// Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits", file format section.
#pragma once

#include <filesystem>

#include "workloads/data/array.h"

namespace systerm {

/// All six element types of the format. Throws DataError if the file is not IDX or its size
/// contradicts the header.
Array read_idx(const std::filesystem::path& path);

}  // namespace systerm
