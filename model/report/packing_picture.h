// SPDX-License-Identifier: Apache-2.0
// A picture of a filter matrix before and after packing.
#pragma once

#include <cstdint>
#include <string>

#include "components/arithmetic/packing.h"

namespace systerm {

/// SVG: left the matrix with its nonzeros in the colour of their group, pruned ones in red; right
/// the packed matrix, with the tiles of an array of `array_rows` x `array_columns` cells. Matrices
/// of more than 256 rows or columns are drawn as densities of blocks.
std::string packing_picture(const MatrixView& matrix, const PackedMatrix& packed,
                            std::int64_t array_rows, std::int64_t array_columns);

}  // namespace systerm
