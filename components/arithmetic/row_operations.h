// SPDX-License-Identifier: Apache-2.0
// What the vector unit and the encoder do to single values (vector_operations.h,
// post_processing.h), for whole rows at once: the same definitions, compiled for every SIMD target
// (Highway).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace systerm {

/// What becomes of the sums of one layer when nothing but a ReLU stands between scaling and
/// requantization.
struct RowFinish {
  std::span<const float> sum_scale;  ///< by filter
  std::span<const float> bias;       ///< by filter
  bool relu = false;
  float scale = 1.0F;      ///< of the codes
  std::int32_t limit = 0;  ///< of the codes
};

/// sums[row][filter] to codes[row][filter]: scale_sum, ReLU, requantize. A row has
/// finish.bias.size() filters; strides in elements. Throws std::invalid_argument if a span is too
/// short.
void finish_rows(std::span<const std::int32_t> sums, std::size_t sums_stride, std::size_t rows,
                 const RowFinish& finish, std::span<std::int32_t> codes, std::size_t codes_stride);

/// values[row][filter] = scale_sum(sums[row][filter]). As above.
void scale_rows(std::span<const std::int32_t> sums, std::size_t sums_stride, std::size_t rows,
                const RowFinish& finish, std::span<float> values, std::size_t values_stride);

void requantize_row(std::span<const float> values, float scale, std::int32_t limit,
                    std::span<std::int32_t> codes);

/// encoded[i] = table[codes[i] + table.size() / 2]: the table has an odd number of entries, for
/// codes -limit to limit. Codes beyond are a precondition violation.
void encode_row(std::span<const std::int32_t> codes, std::span<const std::int16_t> table,
                std::span<std::int16_t> encoded);
/// The same where every code stands for itself.
void narrow_row(std::span<const std::int32_t> codes, std::span<std::int16_t> encoded);

/// sums[channel] = sum over taps of data[tap][channel] * weights[tap][channel]; a null tap lies in
/// the padding. `weights` is [taps][channels]. Sums must fit 32 bits.
void depthwise_row(std::span<const std::int16_t* const> data, std::span<const std::int16_t> weights,
                   std::span<std::int32_t> sums);

/// largest[channel] = the largest of taps[...][channel]; 0 without taps.
void maximum_row(std::span<const std::int32_t* const> taps, std::span<std::int32_t> largest);
/// sums[channel] = the sum of taps[...][channel].
void sum_row(std::span<const std::int32_t* const> taps, std::span<std::int64_t> sums);

}  // namespace systerm
