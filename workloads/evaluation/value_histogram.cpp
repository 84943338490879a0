// SPDX-License-Identifier: Apache-2.0
#include "workloads/evaluation/value_histogram.h"

#include <algorithm>
#include <cmath>

namespace systerm {

void ValueHistogram::grow_to(int exponent) {
  if (exponent <= exponent_) return;
  // A bin moves half as far from the middle with every doubling; beyond kBins doublings all counts
  // are at the middle.
  const int doublings = std::min(exponent - exponent_, 16);
  exponent_ = exponent;
  std::array<std::uint64_t, kBins> merged{};
  constexpr auto kMiddle = static_cast<std::ptrdiff_t>(kBins / 2);
  for (std::size_t i = 0; i < kBins; ++i) {
    const std::ptrdiff_t from_middle = static_cast<std::ptrdiff_t>(i) - kMiddle;
    merged[static_cast<std::size_t>((from_middle >> doublings) + kMiddle)] += bins_[i];
  }
  bins_ = merged;
}

void ValueHistogram::add(std::span<const float> values) {
  float largest = 0.0F;
  for (const float value : values) {
    const float magnitude = std::fabs(value);
    largest = magnitude > largest ? magnitude : largest;
  }
  if (largest > 0.0F) grow_to(std::ilogb(largest) + 1);
  // In double nothing underflows, so that a negative value stays left of the middle.
  const double bins_per_unit = std::ldexp(static_cast<double>(kBins / 2), -exponent_);
  for (const float value : values) {
    const double position = value * bins_per_unit;
    auto from_middle = static_cast<std::ptrdiff_t>(position);
    from_middle -= position < static_cast<double>(from_middle) ? 1 : 0;  // rounds down
    ++bins_[static_cast<std::size_t>(from_middle + static_cast<std::ptrdiff_t>(kBins / 2))];
  }
  count_ += values.size();
}

void ValueHistogram::merge(const ValueHistogram& other) {
  ValueHistogram scaled = other;
  scaled.grow_to(exponent_);
  grow_to(scaled.exponent_);
  for (std::size_t i = 0; i < kBins; ++i) bins_[i] += scaled.bins_[i];
  count_ += scaled.count_;
}

double ValueHistogram::divergence(ValueHistogram reference, ValueHistogram other) {
  if (reference.count_ == 0 || other.count_ == 0) return 0.0;
  reference.grow_to(other.exponent_);
  other.grow_to(reference.exponent_);
  constexpr double kAdded = 0.5;
  const double all_p = static_cast<double>(reference.count_) + kAdded * kBins;
  const double all_q = static_cast<double>(other.count_) + kAdded * kBins;
  double sum = 0.0;
  for (std::size_t i = 0; i < kBins; ++i) {
    const double p = (static_cast<double>(reference.bins_[i]) + kAdded) / all_p;
    const double q = (static_cast<double>(other.bins_[i]) + kAdded) / all_q;
    sum += p * std::log(p / q);
  }
  return sum;
}

}  // namespace systerm
