// SPDX-License-Identifier: Apache-2.0
// Closed forms of an array of bit-serial cells whose data rise through the columns and whose sums
// move along the rows, verified against the RTL published with arXiv 1811.04770 (folder `verilog`
// of BradMcDanel/multiplication-free-dnn). Cycle 0 is that of the first input bit.
#pragma once

#include <cstdint>

namespace systerm {

struct StreamArray {
  std::int64_t columns = 64;   ///< W: cells along a sum
  std::int64_t rows = 64;      ///< H: filters
  std::int64_t word_bits = 8;  ///< B: cycles from one data word to the next
  std::int64_t sum_bits = 32;  ///< D: bits of a sum, each takes a cycle

  /// First and last bit of the result of word `word` in row `row`, at the end of the row.
  std::int64_t first_result_bit(std::int64_t word, std::int64_t row) const {
    return word_bits * word + row + columns;
  }
  std::int64_t last_result_bit(std::int64_t word, std::int64_t row) const {
    return first_result_bit(word, row) + sum_bits - 1;
  }
  /// Last bit of a pass of `words` words: 8 P + W + H + 22 as published.
  std::int64_t last_bit(std::int64_t words) const { return last_result_bit(words - 1, rows - 1); }
  /// Start to idle with serialisers and write-back: 8 P + W + H + 27 as published.
  std::int64_t pass_cycles(std::int64_t words) const { return last_bit(words) + kSerialiserCycles; }
  /// Start to idle of loading the weights of all cells: H + 2 as published.
  std::int64_t weight_load_cycles() const { return rows + 2; }
  /// MACs a cell needs so that a new word may enter every word_bits cycles.
  std::int64_t interleaved_macs() const { return (sum_bits + word_bits - 1) / word_bits; }

  static constexpr std::int64_t kSerialiserCycles = 5;
};

}  // namespace systerm
