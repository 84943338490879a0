// SPDX-License-Identifier: Apache-2.0
// Rows and columns of a matrix in another order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace systerm {

/// Row r of the result is row order[r] of `values`, which has order.size() rows.
template <typename T>
std::vector<T> reordered_rows(std::span<const T> values, std::span<const std::int32_t> order) {
  const std::size_t length = values.size() / order.size();
  std::vector<T> result;
  result.reserve(values.size());
  for (const std::int32_t from : order) {
    const auto row = values.subspan(static_cast<std::size_t>(from) * length, length);
    result.insert(result.end(), row.begin(), row.end());
  }
  return result;
}

/// In every run of order.size() values, element c of the result is element order[c].
template <typename T>
std::vector<T> reordered_columns(std::span<const T> values, std::span<const std::int32_t> order) {
  std::vector<T> result(values.size());
  for (std::size_t begin = 0; begin < values.size(); begin += order.size()) {
    for (std::size_t c = 0; c < order.size(); ++c) {
      result[begin + c] = values[begin + static_cast<std::size_t>(order[c])];
    }
  }
  return result;
}

}  // namespace systerm
