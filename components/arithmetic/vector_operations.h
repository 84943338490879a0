// SPDX-License-Identifier: Apache-2.0
// Definitions of what the vector unit computes on stored codes: values, pooling, softmax. Single
// precision unless said otherwise, every operation rounded, in the order written, so that all users
// get the same bits.
#pragma once

#include <cstdint>
#include <span>

namespace systerm {

/// Value of a stored code.
inline float dequantize(std::int32_t code, float scale) { return static_cast<float>(code) * scale; }

/// Value of an accumulated sum.
inline float scale_sum(std::int32_t sum, float sum_scale, float bias) {
  const float product = static_cast<float>(sum) * sum_scale;
  return product + bias;
}

/// Maximum pooling: the largest code of the window, padding aside, as a value. An empty window
/// (padding only) has code 0.
inline float maximum_value(std::int32_t largest_code, float scale) {
  return dequantize(largest_code, scale);
}

/// Average pooling: the codes of the window are added as integers; the sum is rounded to single
/// precision, scaled, then divided by `count` (elements inside the image, or the whole window where
/// padding counts). An empty window has value 0.
inline float average_value(std::int64_t sum_of_codes, float scale, std::int64_t count) {
  if (count == 0) return 0.0F;
  const float sum = static_cast<float>(sum_of_codes) * scale;
  return sum / static_cast<float>(count);
}

/// Softmax over one row: exp(x - largest x) in double, added up in index order, each divided by the
/// sum and rounded to single precision once. Sizes must be equal.
void softmax(std::span<const float> values, std::span<float> probabilities);

}  // namespace systerm
