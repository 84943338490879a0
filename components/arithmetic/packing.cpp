// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/packing.h"

namespace systerm {

double PackedMatrix::efficiency() const {
  const std::int64_t cells = packed_rows * packed_columns();
  return cells == 0 ? 0.0 : static_cast<double>(nonzeros_kept) / static_cast<double>(cells);
}

std::int64_t PackedMatrix::tiles(std::int64_t array_rows, std::int64_t array_columns) const {
  return (packed_rows + array_rows - 1) / array_rows *
         ((packed_columns() + array_columns - 1) / array_columns);
}

std::vector<float> PackedMatrix::unpacked() const {
  std::vector<float> matrix(rows * columns, 0.0F);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t group = 0; group < groups.size(); ++group) {
      const std::size_t cell = row * groups.size() + group;
      if (values[cell] == 0.0F) continue;
      matrix[row * columns + static_cast<std::size_t>(groups[group][selects[cell]])] = values[cell];
    }
  }
  return matrix;
}

}  // namespace systerm
