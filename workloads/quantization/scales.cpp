// SPDX-License-Identifier: Apache-2.0
#include "workloads/quantization/scales.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "components/arithmetic/uniform_quantization.h"

namespace systerm {

namespace {

/// Squared error of storing the magnitudes with `scale`; `values[code]` is what the layer that
/// reads the activation makes of a code.
double squared_error(const MagnitudeHistogram& magnitudes, float scale,
                     std::span<const std::int16_t> values) {
  const std::span<const std::uint64_t> bins = magnitudes.bins();
  const double width = magnitudes.bin_width();
  const std::size_t limit = values.size() - 1;
  const double bins_per_code = scale / width;
  double error = 0.0;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    if (bins[i] == 0) continue;
    const double position = static_cast<double>(i) + 0.5;
    const auto code = std::min(limit, static_cast<std::size_t>(position / bins_per_code + 0.5));
    const double difference = position * width - values[code] * static_cast<double>(scale);
    error += static_cast<double>(bins[i]) * difference * difference;
  }
  return error;
}

float least_squares_scale(const MagnitudeHistogram& magnitudes, std::int32_t limit,
                          const Format* reader) {
  constexpr int kCandidates = 100;
  constexpr int kSmallestCandidate = 20;
  std::vector<std::int16_t> values(static_cast<std::size_t>(limit) + 1);
  for (std::size_t code = 0; code < values.size(); ++code) {
    const auto plain = static_cast<std::int16_t>(code);
    values[code] = reader != nullptr ? reader->encode_data(plain).value : plain;
  }
  float best_scale = 0.0F;
  double least_error = std::numeric_limits<double>::infinity();
  for (int candidate = kCandidates; candidate >= kSmallestCandidate; --candidate) {
    const float fraction = static_cast<float>(candidate) / kCandidates;
    const float scale = round_up_scale(magnitudes.largest() * fraction / static_cast<float>(limit));
    const double error = squared_error(magnitudes, scale, values);
    if (error < least_error) {
      least_error = error;
      best_scale = scale;
    }
  }
  return best_scale;
}

float percentile_of(const MagnitudeHistogram& magnitudes, double percentile) {
  const std::span<const std::uint64_t> bins = magnitudes.bins();
  const auto all = std::accumulate(bins.begin(), bins.end(), std::uint64_t{0});
  const double wanted = percentile / 100.0 * static_cast<double>(all);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    below += bins[i];
    if (static_cast<double>(below) >= wanted) {
      return std::min(magnitudes.largest(), static_cast<float>(i + 1) * magnitudes.bin_width());
    }
  }
  return magnitudes.largest();
}

float percentile_of(std::span<const float> weights, double percentile) {
  std::vector<float> magnitudes;
  for (const float weight : weights) {
    if (weight != 0.0F) magnitudes.push_back(std::fabs(weight));
  }
  if (magnitudes.empty()) return 0.0F;
  const double wanted = std::ceil(percentile / 100.0 * static_cast<double>(magnitudes.size()));
  const auto nth =
      magnitudes.begin() + std::max<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(wanted) - 1);
  std::nth_element(magnitudes.begin(), nth, magnitudes.end());
  return *nth;
}

/// Squared error of the weights once they are quantized with `scale` and encoded.
double squared_error(std::span<const float> weights, float scale, std::int64_t channels,
                     const Format& format, std::vector<std::int16_t>& codes) {
  codes.resize(weights.size());
  quantize_weights(weights, scale, format.parameters().weight_bits, codes);
  encode_weight_groups(codes, channels, format);
  double error = 0.0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double difference = weights[i] - codes[i] * static_cast<double>(scale);
    error += difference * difference;
  }
  return error;
}

float least_squares_scale(std::span<const float> weights, float maximum_scale,
                          std::int64_t channels, const Format& format) {
  constexpr int kCandidates = 50;
  constexpr int kSmallestCandidate = 25;
  std::vector<std::int16_t> codes;
  float best_scale = maximum_scale;
  double least_error = std::numeric_limits<double>::infinity();
  for (int candidate = kCandidates; candidate >= kSmallestCandidate; --candidate) {
    const float scale = maximum_scale * static_cast<float>(candidate) / kCandidates;
    if (scale < std::numeric_limits<float>::min()) break;
    const double error = squared_error(weights, scale, channels, format, codes);
    if (error < least_error) {
      least_error = error;
      best_scale = scale;
    }
  }
  return best_scale;
}

float scale_of(std::span<const float> weights, std::int64_t channels, const Format& format,
               const ScaleOptions& options) {
  const int bits = format.parameters().weight_bits;
  const float maximum = weight_scale(weights, bits);
  switch (options.weights) {
    case ScaleRule::kMaximum:
      return maximum;
    case ScaleRule::kPercentile: {
      const float largest = percentile_of(weights, options.percentile);
      const float scale = largest / static_cast<float>(1 << (bits - 1));
      return scale > 0.0F ? scale : 1.0F;
    }
    case ScaleRule::kMeanSquaredError:
      return least_squares_scale(weights, maximum, channels, format);
  }
  return maximum;
}

}  // namespace

float round_up_scale(float value) {
  constexpr std::uint32_t kDropped = 24 - 12;
  const float normal = std::max(value, std::numeric_limits<float>::min());
  const auto bits = std::bit_cast<std::uint32_t>(normal) + ((1U << kDropped) - 1);
  return std::bit_cast<float>(bits >> kDropped << kDropped);
}

float data_scale(const MagnitudeHistogram& magnitudes, std::int32_t limit, const Format* reader,
                 const ScaleOptions& options) {
  if (options.needs_bins() && magnitudes.bins().empty()) {
    throw std::invalid_argument(
        "calibration without bins knows neither percentiles nor the squared error");
  }
  switch (options.data) {
    case ScaleRule::kMaximum:
      break;
    case ScaleRule::kPercentile:
      return round_up_scale(percentile_of(magnitudes, options.percentile) /
                            static_cast<float>(limit));
    case ScaleRule::kMeanSquaredError:
      return least_squares_scale(magnitudes, limit, reader);
  }
  return round_up_scale(magnitudes.largest() / static_cast<float>(limit));
}

std::vector<float> weight_scales(const Gemm& gemm, const Format& format,
                                 const ScaleOptions& options) {
  if (!gemm.weights) throw std::invalid_argument("the layer has no weights");
  const std::span<const float> weights(*gemm.weights);
  const std::int64_t channels = gemm.k / gemm.positions();
  if (options.granularity == ScaleGranularity::kPerTensor) {
    return {scale_of(weights, channels, format, options)};
  }
  std::vector<float> scales;
  const auto depth = static_cast<std::size_t>(gemm.k);
  for (std::size_t start = 0; start < weights.size(); start += depth) {
    scales.push_back(scale_of(weights.subspan(start, depth), channels, format, options));
  }
  return scales;
}

void encode_weight_groups(std::span<std::int16_t> codes, std::int64_t channels,
                          const Format& format) {
  const auto row = static_cast<std::size_t>(channels);
  const auto group = static_cast<std::size_t>(format.parameters().group_size);
  std::vector<std::uint8_t> terms(group);
  for (std::size_t start = 0; start < codes.size(); start += row) {
    for (std::size_t channel = 0; channel < row; channel += group) {
      const std::size_t count = std::min(group, row - channel);
      format.encode_weights(codes.subspan(start + channel, count), std::span(terms).first(count));
    }
  }
}

}  // namespace systerm
