// SPDX-License-Identifier: Apache-2.0
#include "workloads/evaluation/value_comparison.h"

#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace systerm {

void ValueComparison::add(std::span<const float> reference, std::span<const float> quantized) {
  if (reference.size() != quantized.size()) {
    throw std::invalid_argument("values are compared element by element");
  }
  // Several sums side by side vectorise; their order is fixed.
  constexpr std::size_t kLanes = 8;
  std::array<double, kLanes> signal{};
  std::array<double, kLanes> noise{};
  std::size_t i = 0;
  for (; i + kLanes <= reference.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const double value = reference[i + lane];
      const double difference = value - quantized[i + lane];
      signal[lane] += value * value;
      noise[lane] += difference * difference;
    }
  }
  for (; i < reference.size(); ++i) {
    const double value = reference[i];
    const double difference = value - quantized[i];
    signal[0] += value * value;
    noise[0] += difference * difference;
  }
  signal_ += std::accumulate(signal.begin(), signal.end(), 0.0);
  noise_ += std::accumulate(noise.begin(), noise.end(), 0.0);
  reference_.add(reference);
  quantized_.add(quantized);
}

void ValueComparison::merge(const ValueComparison& other) {
  signal_ += other.signal_;
  noise_ += other.noise_;
  reference_.merge(other.reference_);
  quantized_.merge(other.quantized_);
}

double ValueComparison::sqnr_db() const {
  if (noise_ == 0.0) return std::numeric_limits<double>::infinity();
  return 10.0 * std::log10(signal_ / noise_);
}

double ValueComparison::relative_error() const { return noise_ == 0.0 ? 0.0 : noise_ / signal_; }

double ValueComparison::divergence() const {
  return ValueHistogram::divergence(reference_, quantized_);
}

}  // namespace systerm
