// SPDX-License-Identifier: Apache-2.0
// A matrix of real numbers from an NPY, NPZ or CSV file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace systerm {

struct Matrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> values;  ///< [rows][columns]
};

/// `.npy`: any element type that read_npy takes, two axes or more; the first counts rows, all
/// others together columns. `ARCHIVE.npz:NAME`: an array of an archive alike. `.csv`: a row a line,
/// numbers separated by commas, semicolons or blanks; empty lines and lines that start with # are
/// skipped. NaN and infinities are read as such. Throws DataError, for text with file:line:column.
Matrix read_matrix(const std::filesystem::path& file);

/// CSV text; `file` is for messages.
Matrix parse_csv_matrix(std::string_view text, const std::string& file);

}  // namespace systerm
