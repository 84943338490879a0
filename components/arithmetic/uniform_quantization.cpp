// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/uniform_quantization.h"

#include <bit>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace systerm {
namespace {

constexpr std::int32_t kMagnitudeBits = 0x7fffffff;
constexpr std::int32_t kInfinityBits = 0x7f800000;

// Positive floats compare like their bit patterns; integers let the loops vectorise with NaN in
// them.
std::int32_t magnitude_bits(float value) {
  return std::bit_cast<std::int32_t>(value) & kMagnitudeBits;
}

void require_bits(int bits) {
  if (bits < 2 || bits > 15) {
    throw std::invalid_argument("weights are quantized to 2 to 15 bits, not " +
                                std::to_string(bits));
  }
}

void require_finite(std::int32_t largest_bits) {
  if (largest_bits >= kInfinityBits) {
    throw std::invalid_argument("cannot quantize weights that contain NaN or infinity");
  }
}

}  // namespace

float weight_scale(std::span<const float> weights, int bits) {
  require_bits(bits);
  std::int32_t largest = 0;
  for (const float weight : weights) {
    const std::int32_t candidate = magnitude_bits(weight);
    largest = candidate > largest ? candidate : largest;
  }
  require_finite(largest);
  const float scale = std::bit_cast<float>(largest) / static_cast<float>(1 << (bits - 1));
  return scale > 0.0F ? scale : 1.0F;
}

void quantize_weights(std::span<const float> weights, float scale, int bits,
                      std::span<std::int16_t> codes) {
  require_bits(bits);
  if (!(scale > 0.0F) || magnitude_bits(scale) >= kInfinityBits) {
    throw std::invalid_argument("a weight scale is positive and finite, not " +
                                std::to_string(scale));
  }
  if (codes.size() != weights.size()) {
    throw std::invalid_argument(
        "quantize_weights needs one code a weight: " + std::to_string(weights.size()) +
        " weights, " + std::to_string(codes.size()) + " codes");
  }
  const auto limit = static_cast<float>((1 << bits) - 1);
  const float* in = weights.data();
  std::int16_t* out = codes.data();
  std::int32_t largest = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::int32_t magnitude = magnitude_bits(in[i]);
    largest = magnitude > largest ? magnitude : largest;
    const float scaled = std::bit_cast<float>(magnitude) / scale + 0.5F;
    const auto code = static_cast<std::int32_t>(scaled < limit ? scaled : limit);
    const std::int32_t sign = std::bit_cast<std::int32_t>(in[i]) >> 31;  // 0 or -1
    out[i] = static_cast<std::int16_t>((code ^ sign) - sign);
  }
  require_finite(largest);
}

}  // namespace systerm
