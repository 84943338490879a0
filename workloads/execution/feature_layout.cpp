// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/feature_layout.h"

#include <cstddef>
#include <stdexcept>

#include <fmt/format.h>

namespace systerm {

namespace {

/// Rank 4 is N,C,H,W; any other rank has its elements in memory order.
bool is_channels_first(const Feature& feature) { return feature.source_shape.size() == 4; }

/// Transposes every image from [rows][columns] to [columns][rows].
std::vector<float> transpose(std::span<const float> values, std::int64_t images, std::int64_t rows,
                             std::int64_t columns) {
  std::vector<float> result(values.size());
  for (std::int64_t image = 0; image < images; ++image) {
    const std::int64_t start = image * rows * columns;
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t column = 0; column < columns; ++column) {
        result[static_cast<std::size_t>(start + column * rows + row)] =
            values[static_cast<std::size_t>(start + row * columns + column)];
      }
    }
  }
  return result;
}

void check_elements(const Feature& feature, std::size_t elements) {
  if (elements != static_cast<std::size_t>(feature.shape.elements())) {
    throw std::invalid_argument(fmt::format("feature '{}' has {} elements, {} given", feature.name,
                                            feature.shape.elements(), elements));
  }
}

}  // namespace

std::vector<float> to_memory_order(const Feature& feature, const Tensor& tensor) {
  check_elements(feature, tensor.values.size());
  if (!is_channels_first(feature)) return tensor.values;
  const FeatureShape& shape = feature.shape;
  return transpose(tensor.values, shape.images, shape.channels, shape.height * shape.width);
}

Tensor to_source_order(const Feature& feature, std::span<const float> values) {
  check_elements(feature, values.size());
  const FeatureShape& shape = feature.shape;
  if (!is_channels_first(feature)) {
    return {feature.source_shape, std::vector<float>(values.begin(), values.end())};
  }
  return {feature.source_shape,
          transpose(values, shape.images, shape.height * shape.width, shape.channels)};
}

}  // namespace systerm
