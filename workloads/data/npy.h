// SPDX-License-Identifier: Apache-2.0
// Reads and writes NumPy's NPY files, versions 1 and 2, little endian, C order.
// Source: numpy.lib.format, "The .npy format".
#pragma once

#include <filesystem>
#include <string>

#include "workloads/data/array.h"
#include "workloads/data/input_file.h"

namespace systerm {

/// float32, float64, int8 to int64, uint8 to uint32 or bool (as uint8); a gzip file is expanded on
/// the way. Throws DataError for anything else: other types, byte or axis orders, sizes that
/// contradict the header.
Array read_npy(const std::filesystem::path& path);
/// The same from a file that is open.
Array read_npy(InputFile& file);

/// The bytes of a file of version 1. Throws std::invalid_argument if shape and number of elements
/// differ.
std::string encode_npy(const Array& array);
/// Writes them. Throws DataError if the file cannot be written.
void write_npy(const std::filesystem::path& path, const Array& array);

}  // namespace systerm
