// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/whole_features.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "workloads/execution/broadcast.h"

namespace systerm {

namespace {

std::size_t size(std::int64_t value) { return static_cast<std::size_t>(value); }

}  // namespace

void apply_rows(const RowFunction& function, std::span<const FeatureValues> operands,
                const FeatureShape& result_shape, std::span<float> result) {
  std::vector<BroadcastStrides> strides;
  for (const FeatureValues& operand : operands) {
    FeatureShape wanted = result_shape;
    wanted.channels = operand.shape.channels;
    strides.push_back(broadcast_strides(operand.shape, wanted, function.name()));
  }
  std::vector<std::span<const float>> rows(operands.size());
  std::size_t done = 0;
  for (std::int64_t image = 0; image < result_shape.images; ++image) {
    for (std::int64_t row = 0; row < result_shape.height; ++row) {
      for (std::int64_t column = 0; column < result_shape.width; ++column) {
        for (std::size_t i = 0; i < operands.size(); ++i) {
          const std::int64_t start =
              image * strides[i].image + row * strides[i].row + column * strides[i].column;
          rows[i] = operands[i].values.subspan(size(start), size(operands[i].shape.channels));
        }
        function.apply(rows, {image, row, column},
                       result.subspan(done, size(result_shape.channels)));
        done += size(result_shape.channels);
      }
    }
  }
}

void look_up(std::span<const float> numbers, const FeatureValues& table, std::span<float> result) {
  const std::size_t channels = size(table.shape.channels);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto row = static_cast<std::int64_t>(numbers[i]);
    if (static_cast<float>(row) != numbers[i] || row < 0 || row >= table.shape.width) {
      throw std::invalid_argument(
          fmt::format("{} is no row of a table of {}", numbers[i], table.shape.width));
    }
    std::ranges::copy(table.values.subspan(size(row) * channels, channels),
                      result.begin() + static_cast<std::ptrdiff_t>(i * channels));
  }
}

void rearrange(std::span<const std::int32_t> source, std::span<const FeatureValues> inputs,
               std::span<float> result) {
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] < 0) {
      result[i] = 0.0F;
      continue;
    }
    auto element = static_cast<std::size_t>(source[i]);
    std::size_t input = 0;
    while (element >= inputs[input].values.size()) element -= inputs[input++].values.size();
    result[i] = inputs[input].values[element];
  }
}

}  // namespace systerm
