// SPDX-License-Identifier: Apache-2.0
// An array of multiplexed bit-serial cells stepped bit by bit: every data bit that rises, every sum
// bit that moves, every MAC. The reference for the closed forms of stream_timing.h and for packed
// integer results. Slow and plain on purpose. Source: the RTL published with arXiv 1811.04770.
#pragma once

#include <cstdint>
#include <vector>

#include "components/array/stream_timing.h"

namespace systerm::test {

/// What a cell holds.
struct StreamWeight {
  std::uint32_t magnitude = 0;
  bool is_negative = false;
  std::size_t select = 0;  ///< which stream of its column
};

struct StreamResult {
  std::uint32_t value = 0;  ///< modulo 2^sum_bits
  std::int64_t first_bit = -1;
  std::int64_t last_bit = -1;
};

/// `weights` is [rows][columns], `data` is [words][columns][streams], each below 2^word_bits.
/// `macs` is how many MACs a cell has; words enter every array.word_bits cycles. Results are
/// [words][rows]. Throws std::logic_error if a word enters a cell whose MAC is still busy.
std::vector<StreamResult> step_stream_array(const StreamArray& array, std::int64_t macs,
                                            std::int64_t streams, std::int64_t data_bits,
                                            const std::vector<StreamWeight>& weights,
                                            const std::vector<std::uint32_t>& data,
                                            std::int64_t words);

}  // namespace systerm::test
