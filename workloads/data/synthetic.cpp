// SPDX-License-Identifier: Apache-2.0
#include "workloads/data/synthetic.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>

#include "components/arithmetic/assumed_numbers.h"

namespace systerm {

namespace {

/// Natural logarithm of a positive, normal number from additions, multiplications and one division,
/// each of which IEEE 754 rounds the same way everywhere; the C library's varies. With m = x / 2^e
/// in [sqrt(1/2), sqrt(2)): ln x = e ln 2 + 2 (s + s^3/3 + s^5/5 ...), s = (m - 1) / (m + 1), |s| <
/// 0.172.
inline float natural_log_single(float x) {
  constexpr std::uint32_t kSqrtHalf = 0x3F3504F3;
  const std::uint32_t offset = std::bit_cast<std::uint32_t>(x) - kSqrtHalf;
  const auto exponent = static_cast<std::int32_t>(offset) >> 23;
  const auto mantissa = std::bit_cast<float>((offset & 0x007FFFFF) + kSqrtHalf);
  const float s = (mantissa - 1.0F) / (mantissa + 1.0F);
  const float s2 = s * s;
  const float series = 2.0F * s * (1.0F + s2 * (1.0F / 3 + s2 * (1.0F / 5 + s2 * (1.0F / 7))));
  return static_cast<float>(exponent) * std::numbers::ln2_v<float> + series;
}

/// Quantile of the Gaussian distribution for 0.5 <= p < 1, relative error below 1.2e-9.
/// Source: P. J. Acklam, "An algorithm for computing the inverse normal cumulative distribution
/// function" (2003).
double upper_gaussian_quantile(double p) {
  constexpr std::array kA = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                             1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
  constexpr std::array kB = {-5.447609879822406e+01, 1.615858368580409e+02,  -1.556989798598866e+02,
                             6.680131188771972e+01,  -1.328068155288572e+01, 1.0};
  constexpr std::array kC = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                             -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
  constexpr std::array kD = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                             3.754408661907416e+00, 1.0};
  constexpr double kTail = 0.02425;
  const auto polynomial = [](const auto& coefficients, double x) {
    double result = 0.0;
    for (const double coefficient : coefficients) result = result * x + coefficient;
    return result;
  };
  if (p <= 1.0 - kTail) {
    const double q = p - 0.5;
    return q * polynomial(kA, q * q) / polynomial(kB, q * q);
  }
  const double q = std::sqrt(-2.0 * natural_log(1.0 - p));
  return -polynomial(kC, q) / polynomial(kD, q);
}

}  // namespace

double natural_log(double x) {
  constexpr std::uint64_t kSqrtHalf = 0x3FE6A09E667F3BCD;
  const std::uint64_t offset = std::bit_cast<std::uint64_t>(x) - kSqrtHalf;
  const auto exponent = static_cast<std::int64_t>(offset) >> 52;
  const auto mantissa = std::bit_cast<double>((offset & 0x000FFFFFFFFFFFFF) + kSqrtHalf);
  const double s = (mantissa - 1.0) / (mantissa + 1.0);
  const double s2 = s * s;
  double series = 0.0;
  for (int k = 17; k >= 1; k -= 2) series = series * s2 + 1.0 / k;
  return static_cast<double>(exponent) * std::numbers::ln2 + 2.0 * s * series;
}

double gaussian_quantile(double p) {
  return p < 0.5 ? -upper_gaussian_quantile(1.0 - p) : upper_gaussian_quantile(p);
}

std::uint64_t random_key(std::uint64_t seed, std::string_view name) {
  std::uint64_t hash = 0xCBF29CE484222325U;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return random_bits(random_bits(seed, 0) ^ hash, 0);
}

double synthetic_weight_peak(std::uint64_t seed, std::string_view layer) {
  const double u = random_uniform(random_bits(random_key(seed, layer), ~std::uint64_t{1}));
  return kSmallestWeightPeak + (kLargestWeightPeak - kSmallestWeightPeak) * u;
}

std::vector<float> synthetic_weights(std::uint64_t seed, std::string_view layer,
                                     std::int64_t fan_in, std::size_t count) {
  constexpr std::size_t kBlock = 2048;
  const std::uint64_t key = random_key(seed, layer);
  const double sigma = std::sqrt(2.0 / static_cast<double>(std::max<std::int64_t>(fan_in, 1)));
  // A Laplace magnitude is exponential with mean sigma / sqrt(2): mean * -ln(u).
  const auto mean = static_cast<float>(sigma / std::numbers::sqrt2);
  const double peak = synthetic_weight_peak(seed, layer);
  const auto limit_bits =
      std::bit_cast<std::int32_t>(static_cast<float>(peak * std::numbers::sqrt2));

  std::vector<float> weights;
  weights.reserve(count);
  std::array<std::uint32_t, kBlock> bits;
  std::array<float, kBlock> values;
  for (std::size_t start = 0; start < count; start += kBlock) {
    for (std::size_t i = 0; i < kBlock / 2; ++i) {
      const std::uint64_t random = random_bits(key, start / 2 + i);
      bits[2 * i] = static_cast<std::uint32_t>(random);
      bits[2 * i + 1] = static_cast<std::uint32_t>(random >> 32);
    }
    for (std::size_t i = 0; i < kBlock; ++i) {
      const float u =
          (static_cast<float>(static_cast<std::int32_t>(bits[i] >> 1)) + 0.5F) * 0x1p-31F;
      float magnitude = -natural_log_single(u);
      // Exponential variables have no memory: the excess over the limit is a fresh draw. Bit
      // patterns of positive numbers are ordered like the numbers; as integers the choice needs no
      // branch.
      const bool is_excess = std::bit_cast<std::int32_t>(magnitude) >= limit_bits;
      magnitude -= std::bit_cast<float>(limit_bits & -static_cast<std::int32_t>(is_excess));
      const std::uint32_t sign = bits[i] << 31;
      values[i] = std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude * mean) ^ sign);
    }
    weights.insert(weights.end(), values.begin(),
                   values.begin() + static_cast<std::ptrdiff_t>(std::min(kBlock, count - start)));
  }
  if (count > 0) {
    const std::uint64_t choice = random_bits(key, ~std::uint64_t{2});
    const auto magnitude = static_cast<float>(peak * sigma);
    weights[(choice >> 1) % count] = (choice & 1) != 0 ? -magnitude : magnitude;
  }
  return weights;
}

std::vector<float> synthetic_data(std::uint64_t seed, std::string_view name, std::size_t count) {
  const std::uint64_t key = random_key(seed, name);
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double u = random_uniform(random_bits(key, i));
    values[i] = u > 0.5 ? static_cast<float>(gaussian_quantile(u)) : 0.0F;
  }
  return values;
}

std::vector<float> synthetic_numbers(std::int64_t range, std::size_t count) {
  std::vector<float> numbers(count);
  for (std::size_t i = 0; i < count; ++i) {
    numbers[i] = static_cast<float>(assumed_number(static_cast<std::int64_t>(i), range));
  }
  return numbers;
}

}  // namespace systerm
