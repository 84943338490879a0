// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/stored_order.h"

#include <algorithm>

namespace systerm {

namespace {

/// Of each image, [rows][columns] to [columns][rows].
void transpose(std::int64_t images, std::int64_t rows, std::int64_t columns, const float* from,
               float* to) {
  for (std::int64_t image = 0; image < images; ++image) {
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t c = 0; c < columns; ++c) to[c * rows + r] = from[r * columns + c];
    }
    from += rows * columns;
    to += rows * columns;
  }
}

}  // namespace

void to_stored_order(const Shape& shape, const float* in_graph_order, float* stored) {
  if (shape.size() != 4) {
    std::copy_n(in_graph_order, element_count(shape), stored);
  } else {
    transpose(shape[0], shape[1], shape[2] * shape[3], in_graph_order, stored);
  }
}

void to_graph_order(const Shape& shape, const float* stored, float* in_graph_order) {
  if (shape.size() != 4) {
    std::copy_n(stored, element_count(shape), in_graph_order);
  } else {
    transpose(shape[0], shape[2] * shape[3], shape[1], stored, in_graph_order);
  }
}

}  // namespace systerm
