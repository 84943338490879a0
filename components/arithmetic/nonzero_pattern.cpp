// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/nonzero_pattern.h"

#include <bit>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

namespace systerm {
namespace {

/// The bits of 64 in parallel; without a popcount instruction in the baseline instruction set,
/// std::popcount is a call for every word.
inline std::uint64_t byte_counts(std::uint64_t word) {
  word -= (word >> 1) & 0x5555555555555555U;
  word = (word & 0x3333333333333333U) + ((word >> 2) & 0x3333333333333333U);
  return (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0FU;
}

}  // namespace

NonzeroPattern::NonzeroPattern(const MatrixView& matrix)
    : rows_(matrix.rows),
      words_((matrix.rows + 63) / 64),
      bits_(words_ * matrix.columns, 0),
      counts_(matrix.columns, 0) {
  if (matrix.values.size() != matrix.rows * matrix.columns) {
    throw std::invalid_argument("a matrix of " + std::to_string(matrix.rows) + " x " +
                                std::to_string(matrix.columns) + " has " +
                                std::to_string(matrix.values.size()) + " values");
  }
  for (std::size_t row = 0; row < matrix.rows; ++row) {
    for (std::size_t column = 0; column < matrix.columns; ++column) {
      const float value = matrix.at(row, column);
      if (!std::isfinite(value)) {
        throw std::invalid_argument(std::string("the value at row ") + std::to_string(row) +
                                    ", column " + std::to_string(column) +
                                    (std::isnan(value) ? " is not a number" : " is infinite"));
      }
      if (value == 0.0F) continue;
      bits_[column * words_ + row / 64] |= std::uint64_t{1} << row % 64;
      ++counts_[column];
    }
  }
}

std::int64_t NonzeroPattern::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
}

std::int64_t NonzeroPattern::nonempty_rows() const {
  std::int64_t rows = 0;
  for (std::size_t word = 0; word < words_; ++word) {
    std::uint64_t any = 0;
    for (std::size_t at = word; at < bits_.size(); at += words_) any |= bits_[at];
    rows += std::popcount(any);
  }
  return rows;
}

std::int64_t count_union(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
  std::uint64_t total = 0;
  // Byte counts of up to 8 per word: 31 words fit a byte.
  constexpr std::size_t kRun = 31;
  for (std::size_t begin = 0; begin < a.size(); begin += kRun) {
    const std::size_t end = begin + kRun < a.size() ? begin + kRun : a.size();
    std::uint64_t counts = 0;
    for (std::size_t i = begin; i < end; ++i) counts += byte_counts(a[i] | b[i]);
    const std::uint64_t pairs =
        (counts & 0x00FF00FF00FF00FFU) + ((counts >> 8) & 0x00FF00FF00FF00FFU);
    total += (pairs * 0x0001000100010001U) >> 48;
  }
  return static_cast<std::int64_t>(total);
}

}  // namespace systerm
