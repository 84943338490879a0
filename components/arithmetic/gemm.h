// SPDX-License-Identifier: Apache-2.0
// Exact integer matrix product for encoded operands, and the term-pair counts behind data-dependent
// timing. Run-time SIMD dispatch (Highway); every target gives the same result.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace systerm {

/// A sum left the 32-bit range of the accumulators.
class AccumulatorOverflow : public std::overflow_error {
 public:
  using std::overflow_error::overflow_error;
};

/// Weights of one tile in the order the kernel reads them: panels of 16 columns, in a panel pairs
/// of depth, in a pair the two weights of every column side by side; zeros fill the last pair and
/// panel.
class PackedWeights {
 public:
  static constexpr std::size_t kPanelColumns = 16;

  PackedWeights() = default;
  /// `weights` is [depth][columns], row major. Throws std::invalid_argument for any other size.
  void assign(std::span<const std::int16_t> weights, std::size_t depth, std::size_t columns);

  std::size_t depth() const { return depth_; }
  std::size_t columns() const { return columns_; }
  int largest_magnitude() const { return largest_magnitude_; }
  std::span<const std::int16_t> words() const {
    return {reinterpret_cast<const std::int16_t*>(lines_.data()),
            lines_.size() * 2 * kPanelColumns};
  }

 private:
  // One pair of depth of one panel; aligned so that no vector load crosses a cache line.
  struct alignas(64) Line {
    std::array<std::int16_t, 2 * kPanelColumns> words;
  };

  std::size_t depth_ = 0;
  std::size_t columns_ = 0;
  int largest_magnitude_ = 0;
  std::vector<Line> lines_;
};

/// sums[p][n] += sum over k of data[p][k] * weights[k][n].
/// `data` is [vectors][data_stride], `sums` is [vectors][sums_stride]; strides in elements.
/// Throws AccumulatorOverflow if the whole sum over k, added to what was there, leaves int32;
/// `sums` is then unspecified. Partial sums over some k may leave it. Exact for every int16
/// operand. Throws std::invalid_argument if a span is too short or a stride smaller than a row.
void gemm_accumulate(std::span<const std::int16_t> data, std::size_t vectors,
                     std::size_t data_stride, const PackedWeights& weights,
                     std::span<std::int32_t> sums, std::size_t sums_stride);

/// Term pairs of every cell and vector, reduced to what a wavefront waits for. Cell (row, column)
/// holds a group of `group_size` values; at beat b it works on vector b - row - column. Its pairs
/// are the sum over the group of weight terms times data terms. `data_terms` is [vectors][rows *
/// group_size]; `weight_terms` is [rows * group_size][columns]. Returns the largest count per beat,
/// vectors + rows + columns - 2 of them; none if any of the sizes is zero. Throws
/// std::invalid_argument if a span has another size or group_size exceeds 32,768.
std::vector<std::uint32_t> wavefront_term_pairs(std::span<const std::uint8_t> data_terms,
                                                std::span<const std::uint8_t> weight_terms,
                                                std::size_t vectors, std::size_t rows,
                                                std::size_t columns, std::size_t group_size);

/// Sum of the pairs above over all cells and vectors. `data_terms` is [vectors][depth],
/// `weight_terms` is [depth][columns]. Throws std::invalid_argument if a span has another size.
std::uint64_t total_term_pairs(std::span<const std::uint8_t> data_terms,
                               std::span<const std::uint8_t> weight_terms, std::size_t vectors,
                               std::size_t depth, std::size_t columns);

}  // namespace systerm
