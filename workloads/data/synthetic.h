// SPDX-License-Identifier: Apache-2.0
// Synthetic weights and data whose term counts resemble those of trained networks: Laplace weights,
// rectified Gaussian data. Counter-based and free of libm: the same numbers on every platform.
// Source of the shape: layer errors published for term quantization against those of samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace systerm {

/// Key of one stream of random numbers; depends on nothing but its arguments.
std::uint64_t random_key(std::uint64_t seed, std::string_view name);
/// The 64 random bits at position `counter` of the stream `key` (SplitMix64's output function).
inline constexpr std::uint64_t random_bits(std::uint64_t key, std::uint64_t counter) {
  std::uint64_t z = key + (counter + 1) * 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

/// Uniform in (0, 1), never an end point, from 64 random bits.
inline constexpr double random_uniform(std::uint64_t bits) {
  return (static_cast<double>(bits >> 11) + 0.5) * 0x1p-53;
}
/// Natural logarithm of a positive, normal number; the same bits on every platform.
double natural_log(double x);
/// Quantile of the Gaussian distribution for 0 < p < 1, relative error below 1.2e-9.
double gaussian_quantile(double p);

/// Bounds between which the ratio of largest magnitude to standard deviation is drawn for each
/// layer.
inline constexpr double kSmallestWeightPeak = 10.0;
inline constexpr double kLargestWeightPeak = 12.0;

/// Largest magnitude of the layer's weights in standard deviations.
double synthetic_weight_peak(std::uint64_t seed, std::string_view layer);

/// `count` Laplace weights of standard deviation sqrt(2 / fan_in) (He). One weight at a random
/// position has the peak magnitude, all others are below it.
std::vector<float> synthetic_weights(std::uint64_t seed, std::string_view layer,
                                     std::int64_t fan_in, std::size_t count);

/// max(0, x) with x Gaussian of standard deviation 1.
std::vector<float> synthetic_data(std::uint64_t seed, std::string_view name, std::size_t count);

/// Whole numbers 0 .. range - 1, those that a run without data assumes (assumed_numbers.h).
std::vector<float> synthetic_numbers(std::int64_t range, std::size_t count);

}  // namespace systerm
