// SPDX-License-Identifier: Apache-2.0
// Which elements of a matrix are not zero, column by column as bits of rows: what the grouping of
// columns works on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace systerm {

/// A matrix in row-major order; the memory belongs to somebody else.
struct MatrixView {
  std::span<const float> values;
  std::size_t rows = 0;
  std::size_t columns = 0;

  float at(std::size_t row, std::size_t column) const { return values[row * columns + column]; }
};

class NonzeroPattern {
 public:
  /// Throws std::invalid_argument if the values are not rows x columns, or one is NaN or infinite;
  /// the message names its row and column.
  explicit NonzeroPattern(const MatrixView& matrix);

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return counts_.size(); }
  std::size_t words() const { return words_; }
  /// Bit r of the column: element (r, column) is not zero.
  std::span<const std::uint64_t> column(std::size_t column) const {
    return {bits_.data() + column * words_, words_};
  }
  /// Nonzeros of the column.
  std::int64_t count(std::size_t column) const { return counts_[column]; }
  std::int64_t total() const;
  /// Rows with at least one nonzero.
  std::int64_t nonempty_rows() const;

 private:
  std::size_t rows_;
  std::size_t words_;
  std::vector<std::uint64_t> bits_;
  std::vector<std::int64_t> counts_;
};

/// Number of bits set in a | b. Both have the same size.
std::int64_t count_union(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b);

}  // namespace systerm
