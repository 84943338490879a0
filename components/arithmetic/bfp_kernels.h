// SPDX-License-Identifier: Apache-2.0
// What BfpMatrix and chunk_statistic ask of the vectorised converter.
#pragma once

#include <cstddef>
#include <cstdint>

#include "components/arithmetic/block_floating_point.h"

namespace systerm {

/// Lines first to last - 1 of a matrix in groups along `axis`.
struct BfpJob {
  const float* values = nullptr;
  std::size_t stride = 0;
  std::size_t columns = 0;  // of the view; numbers the elements
  std::size_t outer = 0;
  std::size_t depth = 0;
  std::size_t groups = 0;
  std::size_t first = 0;
  std::size_t last = 0;
  GroupAxis axis = GroupAxis::kColumns;
  BfpParameters parameters;
  int lowest_exponent = 0;
  int highest_exponent = 0;
  const RandomBits* random = nullptr;
};

struct BfpOutcome {
  BfpCounts counts;
  int highest_exponent = -127;  // before the window; 128 for a value that is not finite
};

BfpOutcome bfp_encode(const BfpJob& job, std::int8_t* codes, std::int16_t* exponents);
int bfp_sum_chunks(const BfpJob& job, int low_mantissa_bits, ChunkStatistic& statistic);
/// Largest bit pattern of |x| over a row.
std::uint32_t bfp_largest_bits(const float* values, std::size_t count);

}  // namespace systerm
