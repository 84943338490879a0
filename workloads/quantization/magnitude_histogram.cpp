// SPDX-License-Identifier: Apache-2.0
#include "workloads/quantization/magnitude_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

namespace systerm {

namespace {

constexpr std::uint32_t kMagnitudeMask = 0x7FFFFFFF;
constexpr std::uint32_t kInfinity = 0x7F800000;

/// Bit patterns of magnitudes are ordered like the magnitudes; comparing them as integers
/// vectorises, and NaN and Inf come out on top.
std::uint32_t largest_bits(std::span<const float> values) {
  std::int32_t largest = 0;
  for (const float value : values) {
    const auto bits =
        static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(value) & kMagnitudeMask);
    largest = bits > largest ? bits : largest;
  }
  return static_cast<std::uint32_t>(largest);
}

}  // namespace

float MagnitudeHistogram::bin_width() const {
  return std::ldexp(1.0F, range_exponent_) / static_cast<float>(kBins);
}

void MagnitudeHistogram::add(std::span<const float> values) {
  const std::uint32_t bits = largest_bits(values);
  if (bits >= kInfinity) throw std::invalid_argument("an activation is NaN or infinite");
  const float largest = std::bit_cast<float>(bits);
  if (with_bins_ && largest > 0.0F) {
    const int exponent = std::ilogb(largest) + 1;  // largest < 2^exponent
    if (bins_.empty()) {
      bins_.assign(kBins, 0);
      range_exponent_ = exponent;
    }
    for (; range_exponent_ < exponent; ++range_exponent_) {
      for (std::size_t i = 0; i < kBins / 2; ++i) bins_[i] = bins_[2 * i] + bins_[2 * i + 1];
      std::fill(bins_.begin() + kBins / 2, bins_.end(), 0);
    }
    const float bins_per_unit = std::ldexp(static_cast<float>(kBins), -range_exponent_);
    for (const float value : values) {
      if (value != 0.0F) ++bins_[static_cast<std::size_t>(std::fabs(value) * bins_per_unit)];
    }
  }
  largest_ = std::max(largest_, largest);
}

}  // namespace systerm
